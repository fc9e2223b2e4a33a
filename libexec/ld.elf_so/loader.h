// SPDX-License-Identifier: BSD-2-Clause
//
// Puts images into the process's own address space (rtld_shared/seams/loader.h), with mmap and
// mprotect. Protections never have W and X at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libexec/ld.elf_so/file.h"
#include "rtld_shared/seams/loader.h"

namespace ldso {

// One image's range of addresses; its memory once segments are there.
class MappedImage {
 public:
  MappedImage() = default;
  // An image that somebody else mapped at `bias`; AddPart tells its segments.
  explicit MappedImage(uint64_t bias) : bias_(bias) {}

  // From now on At() works for the segment. False if there are too many.
  [[nodiscard]] bool AddPart(uint64_t vaddr, uint64_t size);

  uint64_t Bias() const { return bias_; }
  std::byte* At(uint64_t vaddr, uint64_t size) const;
  uint64_t Reach(uint64_t vaddr) const;

 private:
  friend class MmapLoader;

  // Linkers make about five; a program with more than this is refused.
  static constexpr size_t kMaxSegments = 24;

  struct Part {
    uint64_t vaddr, size;
  };

  uint64_t bias_ = 0;
  uintptr_t mapping_ = 0;  // what to give back, and how much; 0 = adopted
  uint64_t mapped_bytes_ = 0;
  Part parts_[kMaxSegments] = {};
  size_t part_count_ = 0;
};

class MmapLoader {
 public:
  using Image = MappedImage;

  explicit MmapLoader(uint64_t page_size) : page_(page_size) {}

  [[nodiscard]] bool Reserve(const rtld::Reservation& reservation, Image& image);
  [[nodiscard]] bool Map(Image& image, const rtld::Segment& segment, ImageFile& file);
  [[nodiscard]] bool Protect(Image& image, uint64_t vaddr, uint64_t size,
                             rtld::Protection protection);
  void SyncCode(Image& image, uint64_t vaddr, uint64_t size);
  void Release(Image& image);

 private:
  uint64_t PageFloor(uint64_t value) const { return value & ~(page_ - 1); }
  uint64_t PageCeiling(uint64_t value) const { return PageFloor(value + page_ - 1); }

  uint64_t page_;
};

}  // namespace ldso
