// SPDX-License-Identifier: BSD-2-Clause
#include "stand/address_space.h"

#include <cstring>

namespace stand {
namespace {

constexpr boot::Access AccessOf(rtld::Protection protection) {
  switch (protection) {
    case rtld::Protection::kReadWrite:
      return boot::Access::kReadWrite;
    case rtld::Protection::kReadExecute:
      return boot::Access::kReadExecute;
    default:
      return boot::Access::kRead;
  }
}

// Takes frames for tables in blocks, so that they make few ranges of the memory map.
class TablePool {
 public:
  TablePool(MemoryMap& map, uint64_t reach) : map_(map), reach_(reach) {}

  // Gives back what was not needed of the last block.
  void Close() {
    if (at_ != end_) map_.Free(at_, end_ - at_);
    at_ = end_ = 0;
  }

  static uint64_t Take(void* self) { return static_cast<TablePool*>(self)->Take(); }

 private:
  static constexpr uint64_t kBlock = 16 * boot::kPageSize;

  uint64_t Take() {
    if (at_ == end_) {
      uint64_t bytes = kBlock;
      at_ = map_.Allocate(bytes, reach_, dynamic::kHandoffPageTables);
      if (at_ == 0) {
        bytes = boot::kPageSize;
        at_ = map_.Allocate(bytes, reach_, dynamic::kHandoffPageTables);
      }
      end_ = at_ == 0 ? 0 : at_ + bytes;
      if (at_ == 0) return 0;
    }
    const uint64_t table = at_;
    at_ += boot::kPageSize;
    std::memset(boot::At(table), 0, boot::kPageSize);
    return table;
  }

  MemoryMap& map_;
  uint64_t reach_;
  uint64_t at_ = 0, end_ = 0;
};

class Builder {
 public:
  Builder(uint64_t root, const boot::TableFrames& frames) : root_(root), frames_(frames) {}

  bool Map(uint64_t start, uint64_t physical, uint64_t bytes, boot::Access access) {
    return boot::MapPages(root_, start, physical, bytes, access, frames_);
  }

  bool MapImage(const PlacedImage& image, uint64_t direct_map) {
    for (size_t i = 0; i < image.run_count; ++i) {
      const ProtectedRun& run = image.runs[i];
      const uint64_t physical = image.frames + (run.vaddr - image.link_start);
      const boot::Access access = AccessOf(run.protection);
      if (!Map(run.vaddr + image.bias, physical, run.bytes, access)) return false;
      // The alias follows every change: executable here is read-only there.
      if (!Map(direct_map + physical, physical, run.bytes,
               access == boot::Access::kReadExecute ? boot::Access::kRead
                                                    : boot::Access::kReadWrite)) {
        return false;
      }
    }
    return true;
  }

 private:
  uint64_t root_;
  const boot::TableFrames& frames_;
};

}  // namespace

bool BuildKernelSpace(const boot::Layout& layout, uint64_t reach,
                      std::span<const boot::Range> devices, boot::Range trampoline,
                      std::span<const PlacedImage> images, MemoryMap& map, KernelSpace* space) {
  TablePool pool(map, reach);
  const boot::TableFrames frames = {.allocate = &TablePool::Take, .context = &pool};
  const uint64_t root = frames.allocate(frames.context);
  if (root == 0) return false;
  Builder builder(root, frames);

  // 1. The direct map, in runs as long as possible: neighbours differ in type only. The list does
  //    not change its outer bounds while tables are allocated from it, so it is copied first. What
  //    lies above the last RAM is devices.
  uint64_t end = 0;
  for (const dynamic::HandoffRange& range : map.ranges()) {
    if (range.type != dynamic::kHandoffReserved) end = range.base + range.bytes;
  }
  space->direct_map_bytes = end;
  boot::Range runs[MemoryMap::kCapacity];
  size_t run_count = 0;
  for (const dynamic::HandoffRange& range : map.ranges()) {
    if (range.base >= end) break;
    if (run_count != 0 && runs[run_count - 1].end() == range.base) {
      runs[run_count - 1].bytes += range.bytes;
    } else {
      runs[run_count++] = {.base = range.base, .bytes = range.bytes};
    }
  }
  for (size_t i = 0; i < run_count; ++i) {
    if (!builder.Map(layout.direct_map + runs[i].base, runs[i].base, runs[i].bytes,
                     boot::Access::kReadWrite)) {
      return false;
    }
  }

  for (const boot::Range& device : devices) {
    if (!builder.Map(layout.direct_map + device.base, device.base, device.bytes,
                     boot::Access::kDevice)) {
      return false;
    }
  }

  // 2. The images, and what must not be written through the direct map.
  for (const PlacedImage& image : images) {
    if (image.used && !builder.MapImage(image, layout.direct_map)) return false;
  }

  // 3. The trampoline.
  if (trampoline.bytes != 0) {
    if (!builder.Map(trampoline.base, trampoline.base, trampoline.bytes,
                     boot::Access::kReadExecute) ||
        !builder.Map(layout.direct_map + trampoline.base, trampoline.base, trampoline.bytes,
                     boot::Access::kRead)) {
      return false;
    }
  }
  pool.Close();
  space->root = root;
  return true;
}

}  // namespace stand
