// SPDX-License-Identifier: BSD-2-Clause
//
// Builds Sv39 page tables (RISC-V privileged architecture 1.12, 4.4).
#include "arch/contract/boot/boot.h"

namespace boot {
namespace {

constexpr uint64_t kValid = 1u << 0;
constexpr uint64_t kReadable = 1u << 1;
constexpr uint64_t kWritable = 1u << 2;
constexpr uint64_t kExecutable = 1u << 3;
// Accessed and dirty from the start: a CPU may fault on a clear one instead of setting it (4.3.1).
constexpr uint64_t kTouched = 3u << 6;
constexpr uint64_t kLeaf = kReadable | kWritable | kExecutable;  // with none of them: a table
constexpr int kNumberShift = 10;  // of the physical page number in an entry

constexpr uint64_t kLargePage = 0x200000;
constexpr int kRootShift = 30;
constexpr int kLargeShift = 21;
constexpr int kSmallShift = 12;
constexpr uint64_t kEntries = 512;

constexpr uint64_t EntryOf(uint64_t physical, uint64_t flags) {
  return physical >> kSmallShift << kNumberShift | flags;
}
constexpr uint64_t AddressOf(uint64_t entry) { return entry >> kNumberShift << kSmallShift; }

uint64_t LeafFlags(Access access) {
  switch (access) {
    case Access::kRead:
      return kValid | kTouched | kReadable;
    // What is a device and what is memory is for the platform's attributes to say (3.6).
    case Access::kReadWrite:
    case Access::kDevice:
      return kValid | kTouched | kReadable | kWritable;
    case Access::kReadExecute:
      return kValid | kTouched | kReadable | kExecutable;
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
  for (uint64_t i = 0; i < kEntries; ++i) small[i] = *entry + EntryOf(i * kPageSize, 0);
  *entry = EntryOf(table, kValid);
  return true;
}

// The entry of `address` at level `shift`, with the tables above it made as needed. Null: no frame.
uint64_t* Walk(uint64_t root, uint64_t address, int shift, const TableFrames& frames) {
  uint64_t table = root;
  for (int level = kRootShift; level > shift; level -= 9) {
    uint64_t* entry = Entry(table, address, level);
    if ((*entry & kValid) == 0) {
      const uint64_t next = frames.allocate(frames.context);
      if (next == 0) return nullptr;
      *entry = EntryOf(next, kValid);
    } else if ((*entry & kLeaf) != 0) {
      if (!Split(entry, frames)) return nullptr;
    }
    table = AddressOf(*entry);
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
    if (large && (*entry & (kValid | kLeaf)) == kValid) {
      // A table of small pages stands here already: keep it and map its pages one by one.
      for (uint64_t i = 0; i < kEntries; ++i) {
        *Entry(AddressOf(*entry), virtual_base + i * kPageSize, kSmallShift) =
            EntryOf(physical + i * kPageSize, flags);
      }
    } else {
      *entry = EntryOf(physical, flags);
    }
    virtual_base += step;
    physical += step;
    bytes -= step;
  }
  return true;
}

}  // namespace boot
