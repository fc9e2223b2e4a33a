// SPDX-License-Identifier: BSD-2-Clause
//
// Builds PAE page tables: four pointers to directories, whose entries have the form that they have on
// 64-bit CPUs. Intel SDM volume 3, 4.4.
#include "arch/contract/boot/boot.h"

namespace boot {
namespace {

constexpr uint64_t kPresent = 1u << 0;
constexpr uint64_t kWritable = 1u << 1;
constexpr uint64_t kWriteThrough = 1u << 3;
constexpr uint64_t kCacheDisable = 1u << 4;
constexpr uint64_t kLarge = 1u << 7;
constexpr uint64_t kNoExecute = uint64_t{1} << 63;
constexpr uint64_t kAddress = 0x000ffffffffff000;

constexpr uint64_t kLargePage = 0x200000;
constexpr int kRootShift = 30;
constexpr int kLargeShift = 21;
constexpr int kSmallShift = 12;
constexpr uint64_t kEntries = 512;

uint64_t LeafFlags(Access access) {
  switch (access) {
    case Access::kRead:
      return kPresent | kNoExecute;
    case Access::kReadWrite:
      return kPresent | kWritable | kNoExecute;
    case Access::kReadExecute:
      return kPresent;
    case Access::kDevice:
      return kPresent | kWritable | kNoExecute | kCacheDisable | kWriteThrough;
  }
  return 0;
}

uint64_t* Entry(uint64_t table, uint64_t address, int shift) {
  return reinterpret_cast<uint64_t*>(At(table)) + (address >> shift) % kEntries;
}

// Turns a large page into a table of small ones with the same rights.
bool Split(uint64_t* entry, const TableFrames& frames) {
  const uint64_t table = frames.allocate(frames.context);
  if (table == 0) return false;
  uint64_t* small = reinterpret_cast<uint64_t*>(At(table));
  const uint64_t first = *entry & ~kLarge;
  for (uint64_t i = 0; i < kEntries; ++i) small[i] = first + i * kPageSize;
  *entry = table | kWritable | kPresent;
  return true;
}

// The entry of `address` at level `shift`, with the tables above it made as needed. Null: no frame.
uint64_t* Walk(uint64_t root, uint64_t address, int shift, const TableFrames& frames) {
  uint64_t table = root;
  for (int level = kRootShift; level > shift; level -= 9) {
    uint64_t* entry = Entry(table, address, level);
    if ((*entry & kPresent) == 0) {
      const uint64_t next = frames.allocate(frames.context);
      if (next == 0) return nullptr;
      // The pointers have no rights: those bits are reserved.
      *entry = next | kPresent | (level == kRootShift ? 0 : kWritable);
    } else if ((*entry & kLarge) != 0) {
      if (!Split(entry, frames)) return nullptr;
    }
    table = *entry & kAddress;
  }
  return Entry(table, address, shift);
}

}  // namespace

bool MapPages(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
              Access access, const TableFrames& frames) {
  const uint64_t flags = LeafFlags(access);
  while (bytes != 0) {
    const bool aligned = ((virtual_base | physical) & (kLargePage - 1)) == 0;
    const bool large = aligned && bytes >= kLargePage;
    uint64_t* entry = Walk(root, virtual_base, large ? kLargeShift : kSmallShift, frames);
    if (entry == nullptr) return false;
    const uint64_t step = large ? kLargePage : kPageSize;
    if (large && (*entry & (kPresent | kLarge)) == kPresent) {
      // A table of small pages stands here already: keep it and map its pages one by one.
      for (uint64_t i = 0; i < kEntries; ++i) {
        *Entry(*entry & kAddress, virtual_base + i * kPageSize, kSmallShift) =
            (physical + i * kPageSize) | flags;
      }
    } else {
      *entry = physical | flags | (large ? kLarge : 0);
    }
    virtual_base += step;
    physical += step;
    bytes -= step;
  }
  return true;
}

}  // namespace boot
