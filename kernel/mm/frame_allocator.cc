// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/frame_allocator.h"

#include <bit>

namespace mm {

void FrameAllocator::Init(FrameRecord* records, Chunk* chunks, uint64_t limit) {
  *this = {};
  records_ = records;
  chunks_ = chunks;
  limit_ = limit;
  for (uint32_t& list : lists_) list = kNone;
}

void FrameAllocator::TouchChunk(uint64_t chunk) {
  if (chunks_[chunk].touched) return;
  chunks_[chunk].touched = 1;
  uint64_t first = chunk * kChunkFrames;
  uint64_t end = first + kChunkFrames < limit_ ? first + kChunkFrames : limit_;
  __builtin_memset(&records_[first], 0, (end - first) * sizeof(FrameRecord));
}

// 1. Parts of chunks at both ends at once, whole chunks in between when they are needed.
void FrameAllocator::AddRange(uint64_t first, uint64_t count) {
  uint64_t end = first + count;
  uint64_t first_whole = (first + kChunkFrames - 1) / kChunkFrames * kChunkFrames;
  uint64_t end_whole = end / kChunkFrames * kChunkFrames;
  bool untouched = first_whole < end_whole && fresh_count_ < kMostFresh;
  for (uint64_t at = first_whole; untouched && at < end_whole; at += kChunkFrames) {
    untouched = !chunks_[at / kChunkFrames].touched;
  }
  if (!untouched) {
    while (first < end) {
      uint64_t stop = (first / kChunkFrames + 1) * kChunkFrames;
      if (stop > end) stop = end;
      AddPiece(first, stop - first);
      first = stop;
    }
    return;
  }
  if (first < first_whole) AddPiece(first, first_whole - first);
  if (end_whole < end) AddPiece(end_whole, end - end_whole);
  fresh_[fresh_count_++] = {first_whole, end_whole};
  uint64_t usable = (end_whole - first_whole) / kChunkFrames * (kChunkFrames - kSpares);
  total_ += usable;
  free_ += usable;
}

// Frames inside one chunk. Its first frames become the chunk's spares if it has none yet.
void FrameAllocator::AddPiece(uint64_t first, uint64_t count) {
  uint64_t index = first / kChunkFrames;
  TouchChunk(index);
  Chunk& chunk = chunks_[index];
  for (; count && chunk.spares < kSpares; first++, count--) {
    chunk.spare[chunk.spares++] = static_cast<uint32_t>(first);
    records_[first].references = 1;
  }
  total_ += count;
  free_ += count;
  FreePieces(first, count);
}

bool FrameAllocator::TouchFresh() {
  if (!fresh_count_) return false;
  Fresh& range = fresh_[0];
  uint64_t first = range.first;
  range.first += kChunkFrames;
  if (range.first == range.end) {
    fresh_count_--;
    for (size_t i = 0; i < fresh_count_; i++) fresh_[i] = fresh_[i + 1];
  }
  // AddPiece counts what AddRange has counted.
  total_ -= kChunkFrames - kSpares;
  free_ -= kChunkFrames - kSpares;
  AddPiece(first, kChunkFrames);
  return true;
}

void FrameAllocator::AddUsed(uint64_t first, uint64_t count, uint32_t references) {
  for (uint64_t frame = first; frame < first + count; frame++) {
    TouchChunk(frame / kChunkFrames);
    records_[frame].references = references;
  }
  total_ += count;
}

void FrameAllocator::Link(uint32_t first, unsigned order) {
  records_[first] = {kFreeBlock, order, lists_[order], kNone};
  if (lists_[order] != kNone) records_[lists_[order]].previous = first;
  lists_[order] = first;
}

void FrameAllocator::Unlink(uint32_t first, unsigned order) {
  FrameRecord& record = records_[first];
  if (record.previous != kNone) {
    records_[record.previous].next = record.next;
  } else {
    lists_[order] = record.next;
  }
  if (record.next != kNone) records_[record.next].previous = record.previous;
  record = {};
}

// A block's buddy differs in one bit below kChunkOrder, so it lies in the same chunk and its record
// has been made.
void FrameAllocator::FreeBlock(uint64_t first, unsigned order) {
  for (; order < kChunkOrder; order++) {
    uint64_t buddy = first ^ (uint64_t{1} << order);
    if (buddy >= limit_) break;
    const FrameRecord& record = records_[buddy];
    if (record.references != kFreeBlock || record.executable != order) break;
    Unlink(static_cast<uint32_t>(buddy), order);
    first &= ~(uint64_t{1} << order);
  }
  Link(static_cast<uint32_t>(first), order);
}

void FrameAllocator::FreePieces(uint64_t first, uint64_t count) {
  while (count) {
    auto order = static_cast<unsigned>(std::bit_width(count) - 1);
    auto aligned = static_cast<unsigned>(std::countr_zero(first | kChunkFrames));
    if (aligned < order) order = aligned;
    FreeBlock(first, order);
    first += uint64_t{1} << order;
    count -= uint64_t{1} << order;
  }
}

uint32_t FrameAllocator::TakeBlock(unsigned order) {
  for (unsigned have = order; have <= kChunkOrder; have++) {
    uint32_t first = lists_[have];
    if (first == kNone) continue;
    Unlink(first, have);
    while (have > order) {
      have--;
      Link(first + (uint32_t{1} << have), have);
    }
    return first;
  }
  return kNone;
}

uint32_t FrameAllocator::Allocate(size_t count) {
  if (!count || count > kMostContiguous) return kNone;
  auto order = static_cast<unsigned>(std::bit_width(count - 1));
  uint32_t first;
  while ((first = TakeBlock(order)) == kNone) {
    if (!TouchFresh()) return kNone;
  }
  for (size_t i = 0; i < count; i++) records_[first + i] = {1, 0, 0, 0};
  FreePieces(first + count, (size_t{1} << order) - count);
  free_ -= count;
  return first;
}

bool FrameAllocator::IsAllocated(uint64_t frame) const {
  if (frame >= limit_ || !chunks_[frame / kChunkFrames].touched) return false;
  uint32_t references = records_[frame].references;
  return references && references != kFreeBlock;
}

void FrameAllocator::Retain(uint64_t frame) { records_[frame].references++; }

void FrameAllocator::Release(uint64_t frame) {
  if (--records_[frame].references) return;
  free_++;
  FreeBlock(frame, 0);
}

uint32_t FrameAllocator::TakeSpare(uint64_t frame) {
  Chunk& chunk = chunks_[frame / kChunkFrames];
  return chunk.spares ? chunk.spare[--chunk.spares] : kNone;
}

}  // namespace mm
