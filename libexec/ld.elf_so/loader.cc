// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/loader.h"

#include <cstring>

#include "arch/contract/rtld/machine.h"

namespace ldso {
namespace {

Access AccessOf(rtld::Protection protection) {
  switch (protection) {
    case rtld::Protection::kReadWrite:
      return Access::kReadWrite;
    case rtld::Protection::kReadExecute:
      return Access::kReadExecute;
    default:
      return Access::kRead;
  }
}

}  // namespace

bool MappedImage::AddPart(uint64_t vaddr, uint64_t size) {
  if (part_count_ == kMaxSegments) return false;
  parts_[part_count_++] = {vaddr, size};
  return true;
}

std::byte* MappedImage::At(uint64_t vaddr, uint64_t size) const {
  for (size_t i = 0; i < part_count_; ++i) {
    const Part& part = parts_[i];
    if (vaddr < part.vaddr || vaddr - part.vaddr > part.size) continue;
    if (size > part.size - (vaddr - part.vaddr)) continue;
    return reinterpret_cast<std::byte*>(static_cast<uintptr_t>(vaddr + bias_));
  }
  return nullptr;
}

uint64_t MappedImage::Reach(uint64_t vaddr) const {
  for (size_t i = 0; i < part_count_; ++i) {
    const Part& part = parts_[i];
    if (vaddr >= part.vaddr && vaddr - part.vaddr < part.size) {
      return part.size - (vaddr - part.vaddr);
    }
  }
  return 0;
}

bool MmapLoader::Reserve(const rtld::Reservation& reservation, Image& image) {
  image = Image();
  if (reservation.fixed) {
    if (!MapFreshAt(reservation.vaddr, reservation.size, Access::kNone)) return false;
    image.mapping_ = reservation.vaddr;
    image.mapped_bytes_ = reservation.size;
    return true;
  }
  // Ask for enough to have an aligned range inside, and give back the rest.
  const uint64_t slack = reservation.align - page_;
  const uintptr_t begin = MapFresh(reservation.size + slack, Access::kNone);
  if (begin == 0) return false;
  const uint64_t skew = (begin - reservation.vaddr) & (reservation.align - 1);
  const uintptr_t at = begin + (skew == 0 ? 0 : reservation.align - skew);
  const uintptr_t end = at + reservation.size;
  if (at != begin) Unmap(begin, at - begin);
  if (const uint64_t tail = begin + reservation.size + slack - end; tail != 0) Unmap(end, tail);
  image.bias_ = at - reservation.vaddr;
  image.mapping_ = at;
  image.mapped_bytes_ = reservation.size;
  return true;
}

bool MmapLoader::Map(Image& image, const rtld::Segment& segment, ImageFile& file) {
  const uintptr_t start = segment.vaddr + image.bias_;
  const uintptr_t begin = PageFloor(start);
  const uintptr_t file_end = start + segment.filesz;
  const uintptr_t end = PageCeiling(start + segment.memsz);
  // Zeros behind the file's bytes are written, so their page has to be writable for a moment.
  const bool clear = segment.writable() || segment.memsz > segment.filesz;
  const Access access = clear ? Access::kReadWrite : Access::kRead;

  uintptr_t mapped_end = begin;
  if (segment.filesz != 0) {
    mapped_end = PageCeiling(file_end);
    if (!MapFileAt(begin, mapped_end - begin, access, file.descriptor(),
                   PageFloor(segment.offset))) {
      // A file system that cannot map: read into the reservation's own pages.
      const std::span<char> room(reinterpret_cast<char*>(start), segment.filesz);
      if (!ldso::Protect(begin, mapped_end - begin, Access::kReadWrite) ||
          !ReadAt(file.descriptor(), segment.offset, room) ||
          (!clear && !ldso::Protect(begin, mapped_end - begin, Access::kRead))) {
        return false;
      }
    } else if (clear) {
      std::memset(reinterpret_cast<void*>(file_end), 0, mapped_end - file_end);
    }
  }
  if (end > mapped_end && !ldso::Protect(mapped_end, end - mapped_end, access)) return false;
  if (clear && !segment.writable() && !ldso::Protect(begin, end - begin, Access::kRead))
    return false;
  return image.AddPart(segment.vaddr, segment.memsz);
}

bool MmapLoader::Protect(Image& image, uint64_t vaddr, uint64_t size, rtld::Protection protection) {
  if (protection == rtld::Protection::kReadWriteExecute) return false;
  return ldso::Protect(vaddr + image.bias_, size, AccessOf(protection));
}

void MmapLoader::SyncCode(Image& image, uint64_t vaddr, uint64_t size) {
  arch::SyncCode(reinterpret_cast<const void*>(vaddr + image.bias_), size);
}

void MmapLoader::Release(Image& image) {
  if (image.mapping_ != 0) Unmap(image.mapping_, image.mapped_bytes_);
  image = Image();
}

}  // namespace ldso
