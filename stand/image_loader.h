// SPDX-License-Identifier: BSD-2-Clause
//
// rtld_shared's Loader for the boot loader. An image gets physically contiguous frames, which the
// loader fills through its own view of physical memory, and an address range of the kernel's half
// that is mapped only when all images stand (stand/address_space.h). So Protect only records what
// the tables will say.
//
// The first image reserved is the kernel: it goes to the base given, in 4 KiB steps. Every other
// image goes to the lowest free place above the kernel, a guard page after its neighbour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/boot/boot.h"
#include "rtld_shared/seams/loader.h"
#include "stand/archive_file.h"
#include "stand/memory_map.h"

namespace stand {

// Pages of one protection. Later runs replace earlier ones where they overlap.
struct ProtectedRun {
  uint64_t vaddr = 0;  // link-time address
  uint64_t bytes = 0;
  rtld::Protection protection = rtld::Protection::kRead;
};

// One image in memory.
struct PlacedImage {
  static constexpr size_t kMaxSegments = 16;
  static constexpr size_t kMaxRuns = 32;

  bool used = false;
  uint64_t link_start = 0;  // lowest link-time page
  uint64_t bytes = 0;       // whole pages
  uint64_t bias = 0;
  uint64_t frames = 0;  // physical address
  size_t segment_count = 0;
  rtld::Segment segments[kMaxSegments];
  size_t run_count = 0;
  ProtectedRun runs[kMaxRuns];

  uint64_t start() const { return link_start + bias; }
};

// The handle: a WritableMemory of the image (rtld_shared/seams/memory.h).
class ImageMemory {
 public:
  ImageMemory() = default;
  explicit ImageMemory(PlacedImage* placed) : placed_(placed) {}

  uint64_t Bias() const { return placed_->bias; }
  std::byte* At(uint64_t vaddr, uint64_t size) const;
  uint64_t Reach(uint64_t vaddr) const;
  const PlacedImage* placed() const { return placed_; }

 private:
  PlacedImage* placed_ = nullptr;
};

class ImageLoader {
 public:
  using Image = ImageMemory;

  static constexpr size_t kMaxImages = dynamic::kHandoffMaxImages;

  // Frames come from `map` below `reach`, addresses from `window`.
  ImageLoader(MemoryMap& map, uint64_t reach, boot::Range window)
      : map_(map), reach_(reach), window_(window) {}
  ImageLoader(const ImageLoader&) = delete;
  ImageLoader& operator=(const ImageLoader&) = delete;

  // Where the lowest page of the kernel goes, for the first Reserve; 0: where it is linked.
  void set_kernel_base(uint64_t base) { kernel_base_ = base; }

  // The Loader concept. Reserve fails for want of frames, of addresses or of a free record.
  bool Reserve(const rtld::Reservation& reservation, ImageMemory& image);
  bool Map(ImageMemory& image, const rtld::Segment& segment, ArchiveFile& file);
  bool Protect(ImageMemory& image, uint64_t vaddr, uint64_t size, rtld::Protection protection);
  void SyncCode(ImageMemory& image, uint64_t vaddr, uint64_t size);
  void Release(ImageMemory& image);

  std::span<const PlacedImage> images() const { return images_; }

 private:
  // The lowest place for `bytes` such that it differs from `vaddr` by a multiple of `align`.
  bool FindPlace(uint64_t vaddr, uint64_t bytes, uint64_t align, uint64_t* start) const;

  MemoryMap& map_;
  uint64_t reach_;
  boot::Range window_;
  uint64_t kernel_base_ = 0;
  PlacedImage images_[kMaxImages];  // [0] is the kernel
};

// A random base for the kernel: `bytes` long, in steps of `align`, in the first `random_bytes` of
// the layout's window, from 64 random bits. 0 when it does not fit.
uint64_t RandomBase(const boot::Layout& layout, uint64_t bytes, uint64_t align, uint64_t random);

}  // namespace stand
