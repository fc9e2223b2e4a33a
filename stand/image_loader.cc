// SPDX-License-Identifier: BSD-2-Clause
#include "stand/image_loader.h"

#include <cstring>

namespace stand {
namespace {

constexpr uint64_t kPage = boot::kPageSize;

constexpr uint64_t PageUp(uint64_t value) { return (value + kPage - 1) & ~(kPage - 1); }

// The lowest address at or after `at` that differs from `vaddr` by a multiple of `align`.
constexpr uint64_t Congruent(uint64_t at, uint64_t vaddr, uint64_t align) {
  return at + ((vaddr - at) & (align - 1));
}

bool Inside(boot::Range range, uint64_t start, uint64_t bytes) {
  return start >= range.base && start - range.base <= range.bytes &&
         bytes <= range.bytes - (start - range.base);
}

}  // namespace

std::byte* ImageMemory::At(uint64_t vaddr, uint64_t size) const {
  if (placed_ == nullptr) return nullptr;
  for (size_t i = 0; i < placed_->segment_count; ++i) {
    if (placed_->segments[i].Contains(vaddr, size)) {
      return boot::At(placed_->frames + (vaddr - placed_->link_start));
    }
  }
  return nullptr;
}

uint64_t ImageMemory::Reach(uint64_t vaddr) const {
  if (placed_ == nullptr) return 0;
  for (size_t i = 0; i < placed_->segment_count; ++i) {
    const rtld::Segment& segment = placed_->segments[i];
    if (segment.Contains(vaddr, 1)) return segment.end() - vaddr;
  }
  return 0;
}

bool ImageLoader::FindPlace(uint64_t vaddr, uint64_t bytes, uint64_t align, uint64_t* start) const {
  uint64_t at = Congruent(images_[0].start() + images_[0].bytes + kPage, vaddr, align);
  for (;;) {
    if (!Inside(window_, at, bytes)) return false;
    const PlacedImage* obstacle = nullptr;
    for (const PlacedImage& other : images_) {
      // A guard page stands on either side of every image.
      if (other.used && at < other.start() + other.bytes + kPage &&
          other.start() < at + bytes + kPage) {
        obstacle = &other;
      }
    }
    if (obstacle == nullptr) break;
    at = Congruent(obstacle->start() + obstacle->bytes + kPage, vaddr, align);
  }
  *start = at;
  return true;
}

bool ImageLoader::Reserve(const rtld::Reservation& reservation, ImageMemory& image) {
  // 1. A record. The first one is the kernel's for ever.
  PlacedImage* placed = nullptr;
  for (PlacedImage& candidate : images_) {
    if (!candidate.used) {
      placed = &candidate;
      break;
    }
  }
  if (placed == nullptr || reservation.fixed) return false;

  // 2. Addresses.
  uint64_t start = 0;
  if (placed == &images_[0]) {
    start = kernel_base_ == 0 ? reservation.vaddr : kernel_base_;
    if (!Inside(window_, start, reservation.size)) return false;
  } else if (!FindPlace(reservation.vaddr, reservation.size, reservation.align, &start)) {
    return false;
  }

  // 3. Frames, zeroed: what no segment covers must not show what was there before.
  const uint64_t frames = map_.Allocate(reservation.size, reach_, dynamic::kHandoffImage);
  if (frames == 0) return false;
  std::memset(boot::At(frames), 0, reservation.size);
  *placed = {.used = true,
             .link_start = reservation.vaddr,
             .bytes = reservation.size,
             .bias = start - reservation.vaddr,
             .frames = frames};
  image = ImageMemory(placed);
  return true;
}

bool ImageLoader::Map(ImageMemory& image, const rtld::Segment& segment, ArchiveFile& file) {
  PlacedImage& placed = images_[image.placed() - images_];
  if (placed.segment_count == PlacedImage::kMaxSegments) return false;
  placed.segments[placed.segment_count++] = segment;
  if (segment.filesz != 0) {
    std::memcpy(boot::At(placed.frames + (segment.vaddr - placed.link_start)),
                file.data().data() + segment.offset, segment.filesz);
  }
  // Until it is protected otherwise: writable data is data, the rest can only be read.
  const uint64_t first = segment.vaddr & ~(kPage - 1);
  return Protect(image, first, PageUp(segment.end()) - first,
                 segment.writable() ? rtld::Protection::kReadWrite : rtld::Protection::kRead);
}

bool ImageLoader::Protect(ImageMemory& image, uint64_t vaddr, uint64_t size,
                          rtld::Protection protection) {
  PlacedImage& placed = images_[image.placed() - images_];
  if (protection == rtld::Protection::kReadWriteExecute) return false;
  if (placed.run_count == PlacedImage::kMaxRuns) return false;
  placed.runs[placed.run_count++] = {.vaddr = vaddr, .bytes = size, .protection = protection};
  return true;
}

void ImageLoader::SyncCode(ImageMemory& image, uint64_t vaddr, uint64_t size) {
  const PlacedImage& placed = *image.placed();
  boot::SyncCode({.base = placed.frames + (vaddr - placed.link_start), .bytes = size});
}

void ImageLoader::Release(ImageMemory& image) {
  PlacedImage& placed = images_[image.placed() - images_];
  map_.Free(placed.frames, placed.bytes);
  placed = {};
  image = {};
}

uint64_t RandomBase(const boot::Layout& layout, uint64_t bytes, uint64_t align, uint64_t random) {
  const uint64_t window_end = layout.window.end();
  if (bytes > layout.window.bytes) return 0;
  // Places at which the image starts inside the random part and ends inside the window.
  uint64_t last = layout.window.base + layout.random_bytes - align;
  if (last > window_end - bytes) last = window_end - bytes;
  const uint64_t first = (layout.window.base + align - 1) & ~(align - 1);
  if (last < first) return 0;
  const uint64_t places = (last - first) / align + 1;
  return first + random % places * align;
}

}  // namespace stand
