// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/loader.h"

#include <atomic>
#include <cstring>

#include "kernel/dynlink/host.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/kld_abi.h"

namespace kld {
namespace {

// A module of this size is a mistake or an attack; nothing of the kind is read into memory.
constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;

std::atomic<size_t> reserved_bytes{0};
std::atomic<size_t> mapped_bytes{0};

constexpr uint64_t kPageMask = KLD_HOST_PAGE - 1;

int PermissionOf(rtld::Protection protection) {
  switch (protection) {
    case rtld::Protection::kReadWrite:
      return KLD_HOST_READ_WRITE;
    case rtld::Protection::kReadExecute:
      return KLD_HOST_READ_EXECUTE;
    default:
      return KLD_HOST_READ;
  }
}

void Unmap(uintptr_t start, size_t bytes) {
  kld_host_unmap(start, bytes);
  mapped_bytes.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace

// ---- Contents ----

int Contents::Read(const char* path, Owned<Contents>& out) {
  Owned<Contents> contents(New<Contents>());
  if (!contents) return ENOMEM;
  kld_host_file* file;
  uint64_t size;
  char absolute[KLD_PATH_MAX];
  if (const int error = kld_host_open(path, &file, &size, absolute, sizeof(absolute)); error != 0) {
    return error;
  }
  int error = 0;
  std::byte* bytes = nullptr;
  if (size > kMaxFileBytes) {
    error = ENOEXEC;
  } else if (!contents->path_.Set(absolute)) {
    error = ENOMEM;
  } else if (size != 0) {
    bytes = static_cast<std::byte*>(Allocate(static_cast<size_t>(size)));
    error = bytes == nullptr ? ENOMEM : kld_host_read(file, 0, bytes, static_cast<size_t>(size));
  }
  kld_host_close(file);
  contents->bytes_ = bytes;
  contents->size_ = static_cast<size_t>(size);
  if (error == 0) out = std::move(contents);
  return error;
}

int Contents::Borrow(std::string_view path, const void* bytes, size_t size, Owned<Contents>& out) {
  Owned<Contents> contents(New<Contents>());
  if (!contents || !contents->path_.Set(path)) return ENOMEM;
  contents->bytes_ = static_cast<const std::byte*>(bytes);
  contents->size_ = size;
  contents->borrowed_ = true;
  out = std::move(contents);
  return 0;
}

Contents::~Contents() {
  if (!borrowed_) Free(const_cast<std::byte*>(bytes_));
}

Digest DigestOf(const Contents& contents) {
  // Odd multipliers near 2^64 / golden ratio and 2^64 / sqrt(3); every input bit reaches the high
  // half, which the shift brings back down.
  uint64_t first = contents.Size(), second = ~contents.Size();
  const auto mix = [&](uint64_t word) {
    first = (first ^ word) * 0x9e3779b97f4a7c15;
    first ^= first >> 32;
    second = (second + word) * 0x93c467e37db0c7a5;
    second ^= second >> 29;
  };
  const auto size = static_cast<size_t>(contents.Size());
  const std::byte* const bytes = contents.Bytes(0, size);
  size_t at = 0;
  for (; size - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
    uint64_t word;
    // Freestanding code calls std::memcpy; this is one instruction.
    __builtin_memcpy(&word, bytes + at, sizeof(word));
    mix(word);
  }
  uint64_t last = 0;
  if (at != size) std::memcpy(&last, bytes + at, size - at);
  mix(last);
  return {first, second};
}

// ---- ModuleLoader ----

std::byte* ModuleLoader::Image::At(uint64_t vaddr, uint64_t size) const {
  for (size_t i = 0; i < count_; ++i) {
    const Mapped& part = mapped_[i];
    if (vaddr < part.vaddr || vaddr - part.vaddr > part.memsz) continue;
    if (size > part.memsz - (vaddr - part.vaddr) || part.bytes == 0) continue;
    return reinterpret_cast<std::byte*>(static_cast<uintptr_t>(vaddr + bias_));
  }
  return nullptr;
}

uint64_t ModuleLoader::Image::Reach(uint64_t vaddr) const {
  for (size_t i = 0; i < count_; ++i) {
    const Mapped& part = mapped_[i];
    if (vaddr >= part.vaddr && vaddr - part.vaddr < part.memsz && part.bytes != 0) {
      return part.memsz - (vaddr - part.vaddr);
    }
  }
  return 0;
}

size_t ModuleLoader::Image::resident() const {
  size_t bytes = 0;
  for (size_t i = 0; i < count_; ++i) bytes += mapped_[i].bytes;
  return bytes;
}

bool ModuleLoader::Reserve(const rtld::Reservation& reservation, Image& image) {
  // The host aligns to pages; for more, reserve more. No image that we accept has a reason to.
  if (reservation.fixed || reservation.size == 0) return false;
  const uint64_t slack = reservation.align > KLD_HOST_PAGE ? reservation.align : 0;
  size_t size;
  if (__builtin_add_overflow(reservation.size, slack, &size)) return false;
  const uintptr_t start = kld_host_reserve(size, near_);
  if (start == 0) return false;
  image = {};
  image.start_ = start;
  image.size_ = size;
  // The bias, not the start, is what must be aligned.
  uint64_t bias = start - reservation.vaddr;
  if (slack != 0) bias = (bias + slack - 1) & ~(slack - 1);
  image.bias_ = bias;
  reserved_bytes.fetch_add(size, std::memory_order_relaxed);
  return true;
}

bool ModuleLoader::Map(Image& image, const rtld::Segment& segment, Contents& file) {
  if (image.count_ == kMaxSegments) return false;
  const uint64_t first = segment.vaddr & ~kPageMask;
  const uint64_t end = (segment.vaddr + segment.memsz + kPageMask) & ~kPageMask;
  const uintptr_t start = static_cast<uintptr_t>(first + image.bias_);
  const size_t bytes = static_cast<size_t>(end - first);
  const std::byte* const from = file.Bytes(segment.offset, segment.filesz);
  if (from == nullptr || kld_host_map(start, bytes) != 0) return false;
  mapped_bytes.fetch_add(bytes, std::memory_order_relaxed);
  image.mapped_[image.count_++] = {segment.vaddr, segment.memsz, start, bytes, segment.init_only()};
  std::memcpy(reinterpret_cast<void*>(static_cast<uintptr_t>(segment.vaddr + image.bias_)), from,
              static_cast<size_t>(segment.filesz));
  return true;
}

bool ModuleLoader::Protect(Image& image, uint64_t vaddr, uint64_t size,
                           rtld::Protection protection) {
  if (protection == rtld::Protection::kReadWriteExecute) return false;
  kld_host_protect(static_cast<uintptr_t>(vaddr + image.bias_), static_cast<size_t>(size),
                   PermissionOf(protection));
  return true;
}

void ModuleLoader::SyncCode(Image& image, uint64_t vaddr, uint64_t size) {
  kld_host_sync_code(static_cast<uintptr_t>(vaddr + image.bias_), static_cast<size_t>(size));
}

void ModuleLoader::Release(Image& image) {
  if (image.pinned_ || image.start_ == 0) return;
  for (size_t i = 0; i < image.count_; ++i) {
    if (image.mapped_[i].bytes != 0) Unmap(image.mapped_[i].start, image.mapped_[i].bytes);
  }
  kld_host_unreserve(image.start_, image.size_);
  reserved_bytes.fetch_sub(image.size_, std::memory_order_relaxed);
  image = {};
}

void ModuleLoader::ReleaseInitOnly(Image& image) {
  if (image.pinned_) return;
  for (size_t i = 0; i < image.count_; ++i) {
    Image::Mapped& part = image.mapped_[i];
    if (!part.init_only || part.bytes == 0) continue;
    Unmap(part.start, part.bytes);
    part.bytes = 0;
  }
}

ModuleLoader::Image ModuleLoader::Adopt(uint64_t bias, uintptr_t start, size_t size, bool pinned) {
  Image image;
  image.bias_ = bias;
  image.start_ = start;
  image.size_ = size;
  image.pinned_ = pinned;
  return image;
}

bool ModuleLoader::AdoptSegment(Image& image, const rtld::Segment& segment) {
  if (image.count_ == kMaxSegments) return false;
  const uint64_t first = segment.vaddr & ~kPageMask;
  const uint64_t end = (segment.vaddr + segment.memsz + kPageMask) & ~kPageMask;
  image.mapped_[image.count_++] = {segment.vaddr, segment.memsz,
                                   static_cast<uintptr_t>(first + image.bias_),
                                   static_cast<size_t>(end - first), segment.init_only()};
  return true;
}

void ModuleLoader::TakeOver(const Image& image) {
  if (image.pinned_) return;
  reserved_bytes.fetch_add(image.size_, std::memory_order_relaxed);
  mapped_bytes.fetch_add(image.resident(), std::memory_order_relaxed);
}

SpaceCounts CountSpace() {
  return {reserved_bytes.load(std::memory_order_relaxed),
          mapped_bytes.load(std::memory_order_relaxed)};
}

}  // namespace kld
