// SPDX-License-Identifier: BSD-2-Clause
//
// Entries of the four-level page tables (SDM volume 3, 4.5), as pure functions.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/types.h"

namespace arch::x86_64 {

using Entry = uint64_t;

inline constexpr Entry kPresent = 1 << 0;
inline constexpr Entry kWritable = 1 << 1;
inline constexpr Entry kUser = 1 << 2;
inline constexpr Entry kWriteThrough = 1 << 3;
inline constexpr Entry kCacheDisable = 1 << 4;
inline constexpr Entry kAccessed = 1 << 5;
inline constexpr Entry kDirty = 1 << 6;
inline constexpr Entry kLarge = 1 << 7;
// A page that is mapped with Protection::kNone: not present, but its frame is kept.
inline constexpr Entry kInaccessible = 1 << 9;
inline constexpr Entry kNoExecute = Entry{1} << 63;
inline constexpr Entry kFrameMask = 0x000ffffffffff000;

inline constexpr unsigned kEntries = 512;
inline constexpr unsigned kTopLevel = 3;  // levels are 3 (PML4), 2, 1, 0 (page table)
inline constexpr unsigned kKernelFirst = 256;

constexpr unsigned LevelShift(unsigned level) { return 12 + 9 * level; }
constexpr size_t LevelBytes(unsigned level) { return size_t{1} << LevelShift(level); }
constexpr unsigned IndexAt(mm::VirtAddr address, unsigned level) {
  return address >> LevelShift(level) & (kEntries - 1);
}
constexpr bool IsMapped(Entry entry) { return entry & (kPresent | kInaccessible); }

constexpr Entry PermissionBits(mm::Protection protection) {
  switch (protection) {
    case mm::Protection::kNone:
      return kInaccessible | kNoExecute;
    case mm::Protection::kRead:
      return kPresent | kNoExecute;
    case mm::Protection::kReadWrite:
      return kPresent | kWritable | kNoExecute;
    case mm::Protection::kReadExecute:
      return kPresent;
  }
  return 0;
}
inline constexpr Entry kPermissionMask = kPresent | kWritable | kInaccessible | kNoExecute;

constexpr mm::Protection ProtectionOf(Entry entry) {
  if (!(entry & kPresent)) return mm::Protection::kNone;
  if (!(entry & kNoExecute)) return mm::Protection::kReadExecute;
  return entry & kWritable ? mm::Protection::kReadWrite : mm::Protection::kRead;
}

// Sign-extends bit 47.
constexpr mm::VirtAddr Canonical(mm::VirtAddr address) {
  return static_cast<mm::VirtAddr>(static_cast<int64_t>(address << 16) >> 16);
}

}  // namespace arch::x86_64
