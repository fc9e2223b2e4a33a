// SPDX-License-Identifier: BSD-2-Clause
#include "sbin/image_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rtld_shared/elf/constants.h"

namespace sbin {
namespace {

// Larger than any module; keeps a sparse file from being read for ever.
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

bool ReadAll(int descriptor, char* to, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = read(descriptor, to + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += got;
  }
  return true;
}

}  // namespace

std::unique_ptr<ImageFile> ImageFile::Read(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  auto file = std::make_unique<ImageFile>();
  struct stat status;
  bool good = fstat(descriptor, &status) == 0;
  if (good && (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) > kMaxFileBytes)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EFBIG;
    good = false;
  }
  if (good) {
    file->path_ = path;
    file->size_ = status.st_size;
    file->words_.resize((file->size_ + 7) / 8);
    good = ReadAll(descriptor, reinterpret_cast<char*>(file->words_.data()), file->size_);
  }
  const int error = errno;
  close(descriptor);
  errno = error;
  return good ? std::move(file) : nullptr;
}

std::byte* BufferLoader::Image::At(uint64_t vaddr, uint64_t size) const {
  for (const rtld::Segment& segment : segments_) {
    if (segment.Contains(vaddr, size)) return bytes_ + (vaddr - low_);
  }
  return nullptr;
}

uint64_t BufferLoader::Image::Reach(uint64_t vaddr) const {
  for (const rtld::Segment& segment : segments_) {
    if (segment.Contains(vaddr, 0)) return segment.end() - vaddr;
  }
  return 0;
}

bool BufferLoader::Reserve(const rtld::Reservation& reservation, Image& image) {
  image = Image();
  image.bytes_ = static_cast<std::byte*>(calloc(reservation.size, 1));
  if (!image.bytes_) return false;
  image.low_ = reservation.vaddr;
  const uint64_t mask = reservation.align - 1;
  const uint64_t bias = (next_ - reservation.vaddr + mask) & ~mask;
  image.bias_ = reservation.fixed ? 0 : bias;
  next_ = bias + reservation.vaddr + reservation.size;
  return true;
}

bool BufferLoader::Map(Image& image, const rtld::Segment& segment, ImageFile& file) {
  const std::byte* bytes = file.Bytes(segment.offset, segment.filesz);
  if (!bytes) return false;
  memcpy(image.bytes_ + (segment.vaddr - image.low_), bytes, segment.filesz);
  image.segments_.push_back(segment);
  return true;
}

void BufferLoader::Release(Image& image) {
  free(image.bytes_);
  image = Image();
}

std::optional<Identity> IdentityOf(const ImageFile& file) {
  // e_machine stands at the same offset in both classes.
  constexpr size_t kMachineAt = 18;
  const auto* bytes = reinterpret_cast<const uint8_t*>(file.Bytes(0, kMachineAt + 2));
  if (!bytes || memcmp(bytes, elf::kMagic, sizeof(elf::kMagic)) != 0) return std::nullopt;
  const bool big = bytes[elf::kEiData] == elf::kData2Msb;
  const uint8_t low = bytes[kMachineAt + (big ? 1 : 0)], high = bytes[kMachineAt + (big ? 0 : 1)];
  return Identity{bytes[elf::kEiClass], bytes[elf::kEiData],
                  static_cast<uint16_t>(high << 8 | low)};
}

}  // namespace sbin
