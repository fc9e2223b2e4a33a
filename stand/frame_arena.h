// SPDX-License-Identifier: BSD-2-Clause
//
// rtld_shared's Arena for the loader: bumps through chunks of the memory map that the kernel frees
// after it has read the hand-off. Free does nothing; a boot is short.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/contract/boot/boot.h"
#include "stand/memory_map.h"

namespace stand {

class FrameArena {
 public:
  // Takes frames of `map` below `limit`; both outlive the arena.
  FrameArena(MemoryMap& map, uint64_t limit) : map_(map), limit_(limit) {}
  FrameArena(const FrameArena&) = delete;
  FrameArena& operator=(const FrameArena&) = delete;

  void* Allocate(size_t size, size_t align) {
    uint64_t start = (at_ + align - 1) & ~uint64_t{align - 1};
    if (at_ == 0 || start > end_ || size > end_ - start) {
      const uint64_t bytes = size > kChunk ? size : kChunk;
      if (align > boot::kPageSize) return nullptr;
      const uint64_t chunk = map_.Allocate(bytes, limit_, dynamic::kHandoffLoader);
      if (chunk == 0) return nullptr;
      start = at_ = chunk;
      end_ = chunk + bytes;
    }
    at_ = start + size;
    return boot::At(start);
  }

  void Free(void*, size_t) {}

 private:
  static constexpr uint64_t kChunk = 64 * 1024;

  MemoryMap& map_;
  uint64_t limit_;
  uint64_t at_ = 0, end_ = 0;
};

}  // namespace stand
