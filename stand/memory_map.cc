// SPDX-License-Identifier: BSD-2-Clause
#include "stand/memory_map.h"

namespace stand {
namespace {

using dynamic::HandoffRange;
using dynamic::HandoffRangeType;

constexpr uint64_t kMask = boot::kPageSize - 1;
// The last page of the address space is left out, so that no end address wraps.
constexpr uint64_t kTop = ~kMask - boot::kPageSize;

constexpr uint64_t PageDown(uint64_t address) { return address & ~kMask; }
constexpr uint64_t PageUp(uint64_t address) {
  return address > kTop ? kTop : PageDown(address + kMask);
}
constexpr uint64_t SaturatedEnd(boot::Range range) {
  return range.bytes > kTop - PageDown(range.base < kTop ? range.base : kTop) ? kTop : range.end();
}

constexpr uint64_t Bit(uint64_t type) { return uint64_t{1} << type; }

}  // namespace

bool MemoryMap::AddUsable(boot::Range range) {
  return Fill(PageUp(range.base), PageDown(SaturatedEnd(range)), dynamic::kHandoffUsable);
}

bool MemoryMap::AddReserved(boot::Range range) {
  const uint64_t start = PageDown(range.base < kTop ? range.base : kTop);
  const uint64_t end = PageUp(SaturatedEnd(range));
  return Retype(start, end, ~uint64_t{0}, dynamic::kHandoffReserved) &&
         Fill(start, end, dynamic::kHandoffReserved);
}

bool MemoryMap::Claim(boot::Range range, HandoffRangeType type) {
  if (range.bytes == 0) return true;
  return Retype(PageDown(range.base < kTop ? range.base : kTop), PageUp(SaturatedEnd(range)),
                Bit(dynamic::kHandoffUsable), type);
}

uint64_t MemoryMap::Allocate(uint64_t bytes, uint64_t limit, HandoffRangeType type) {
  if (bytes == 0 || bytes > kTop) return 0;
  bytes = PageUp(bytes);
  limit = PageDown(limit);
  for (size_t i = count_; i-- > 0;) {
    const HandoffRange& range = ranges_[i];
    if (range.type != dynamic::kHandoffUsable) continue;
    const uint64_t start = range.base == 0 ? boot::kPageSize : range.base;
    const uint64_t range_end = range.base + range.bytes;
    const uint64_t end = range_end < limit ? range_end : limit;
    if (end <= start || end - start < bytes) continue;
    const uint64_t base = end - bytes;
    return Retype(base, end, Bit(dynamic::kHandoffUsable), type) ? base : 0;
  }
  return 0;
}

void MemoryMap::Free(uint64_t base, uint64_t bytes) {
  // Freeing needs no more entries than the allocation did: when the list is full now, the memory
  // stays with its owner, which the kernel gives back.
  (void)Retype(base, base + PageUp(bytes), ~Bit(dynamic::kHandoffReserved),
               dynamic::kHandoffUsable);
}

bool MemoryMap::Fill(uint64_t start, uint64_t end, uint64_t type) {
  uint64_t at = start;
  size_t i = 0;
  while (i < count_ && ranges_[i].base + ranges_[i].bytes <= at) ++i;
  bool all = true;
  while (at < end && all) {
    const uint64_t gap_end = i < count_ && ranges_[i].base < end ? ranges_[i].base : end;
    if (gap_end > at) {
      all = count_ < kCapacity;
      if (!all) break;
      for (size_t j = count_; j > i; --j) ranges_[j] = ranges_[j - 1];
      ranges_[i++] = {.base = at, .bytes = gap_end - at, .type = type};
      ++count_;
    }
    if (i == count_) break;
    at = ranges_[i].base + ranges_[i].bytes;
    ++i;
  }
  Merge();
  return all;
}

bool MemoryMap::Retype(uint64_t start, uint64_t end, uint64_t from, uint64_t type) {
  // 1. How many entries does this add? Each end that falls inside an affected range adds one.
  size_t extra = 0;
  for (size_t i = 0; i < count_; ++i) {
    const HandoffRange& range = ranges_[i];
    const uint64_t range_end = range.base + range.bytes;
    if ((from & Bit(range.type)) == 0 || range_end <= start || range.base >= end) continue;
    extra += (range.base < start ? 1 : 0) + (range_end > end ? 1 : 0);
  }
  if (extra > kCapacity - count_) return false;

  // 2. Split and mark.
  for (size_t i = 0; i < count_; ++i) {
    HandoffRange& range = ranges_[i];
    const uint64_t range_end = range.base + range.bytes;
    if ((from & Bit(range.type)) == 0 || range_end <= start || range.base >= end) continue;
    const uint64_t split = range.base < start ? start : end;
    if (range.base < start || range_end > end) {
      for (size_t j = count_; j > i + 1; --j) ranges_[j] = ranges_[j - 1];
      ++count_;
      ranges_[i + 1] = {.base = split, .bytes = range_end - split, .type = range.type};
      range.bytes = split - range.base;
    }
    // A part before `start` keeps its type; the next turn takes what follows it.
    if (range.base >= start) range.type = type;
  }
  Merge();
  return true;
}

void MemoryMap::Merge() {
  size_t kept = 0;
  for (size_t i = 0; i < count_; ++i) {
    if (kept != 0) {
      HandoffRange& last = ranges_[kept - 1];
      if (last.type == ranges_[i].type && last.base + last.bytes == ranges_[i].base) {
        last.bytes += ranges_[i].bytes;
        continue;
      }
    }
    ranges_[kept++] = ranges_[i];
  }
  count_ = kept;
}

}  // namespace stand
