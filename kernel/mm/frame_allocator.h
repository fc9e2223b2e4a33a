// SPDX-License-Identifier: BSD-2-Clause
//
// The buddy allocator behind frames.h, as plain data: frames are numbers, records an array that the
// caller provides. Nothing of a chunk (4 MiB) is touched before it is needed, neither its frames
// nor its records, so that starting costs nothing per frame.
//
// Of each chunk two frames are set aside for the page tables that split the chunk's part of the
// direct map: splitting must not fail. They count neither as total nor as free.
//
// Not locked; the owner serialises.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mm {

struct FrameRecord {
  uint32_t references;  // 0: not allocated; kFreeBlock: first frame of a free block
  uint32_t executable;  // of a free block: its order
  uint32_t next;        // in the list of free blocks of that order
  uint32_t previous;
};
static_assert(sizeof(FrameRecord) == 16);

class FrameAllocator {
 public:
  static constexpr unsigned kChunkOrder = 10;
  static constexpr uint64_t kChunkFrames = uint64_t{1} << kChunkOrder;
  static constexpr unsigned kSpares = 2;
  // The most that one Allocate gives.
  static constexpr size_t kMostContiguous = kChunkFrames / 2;
  static constexpr uint32_t kNone = ~uint32_t{0};

  struct Chunk {
    uint32_t spare[kSpares];
    uint32_t spares;
    uint32_t touched;
  };

  // `records` has one entry for each frame below `limit`, `chunks` one for each begun chunk; the
  // chunks are zeroed, the records need not be. They outlive the allocator.
  void Init(FrameRecord* records, Chunk* chunks, uint64_t limit);

  // Gives frames [first, first + count) to the allocator.
  void AddRange(uint64_t first, uint64_t count);
  // Makes records of frames that are in use, each with `references`.
  void AddUsed(uint64_t first, uint64_t count, uint32_t references);

  // `count` contiguous frames with one reference each; kNone when there are none.
  [[nodiscard]] uint32_t Allocate(size_t count);
  void Retain(uint64_t frame);
  void Release(uint64_t frame);
  // A set-aside frame of the frame's chunk; kNone when they are used up.
  [[nodiscard]] uint32_t TakeSpare(uint64_t frame);

  FrameRecord& Record(uint64_t frame) { return records_[frame]; }
  bool IsAllocated(uint64_t frame) const;
  uint64_t limit() const { return limit_; }
  uint64_t total() const { return total_; }
  uint64_t free() const { return free_; }

 private:
  static constexpr uint32_t kFreeBlock = ~uint32_t{0};
  static constexpr size_t kMostFresh = 128;

  struct Fresh {
    uint64_t first;  // of whole chunks never touched
    uint64_t end;
  };

  void TouchChunk(uint64_t chunk);
  void AddPiece(uint64_t first, uint64_t count);
  bool TouchFresh();
  void FreePieces(uint64_t first, uint64_t count);
  void FreeBlock(uint64_t first, unsigned order);
  uint32_t TakeBlock(unsigned order);
  void Link(uint32_t first, unsigned order);
  void Unlink(uint32_t first, unsigned order);

  FrameRecord* records_ = nullptr;
  Chunk* chunks_ = nullptr;
  uint64_t limit_ = 0;
  uint64_t total_ = 0;
  uint64_t free_ = 0;
  uint32_t lists_[kChunkOrder + 1] = {};
  Fresh fresh_[kMostFresh] = {};
  size_t fresh_count_ = 0;
};

}  // namespace mm
