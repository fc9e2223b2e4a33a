// SPDX-License-Identifier: BSD-2-Clause
//
// Entries of page tables as pure functions. They have this form in four-level paging and in PAE paging
// (SDM volume 3, 4.5 and 4.4).
#pragma once

#include <cstdint>

#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/page_tables.h"
#include "kernel/mm/types.h"

namespace arch::x86 {

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

// What mm::PageTables wants to know, but for the root and the address space, which are Format's of
// the CPU's own page_table.h.
struct EntryFormat {
  using Entry = x86::Entry;
  static constexpr unsigned kEntries = 512;

  static constexpr unsigned LevelShift(unsigned level) { return 12 + 9 * level; }

  static constexpr bool IsPresent(Entry entry) { return entry & kPresent; }
  static constexpr bool IsMapped(Entry entry) { return entry & (kPresent | kInaccessible); }
  static constexpr mm::PhysAddr FrameOf(Entry entry) { return entry & kFrameMask; }
  static constexpr bool IsUser(Entry entry) { return entry & kUser; }

  static constexpr Entry TableEntry(mm::PhysAddr frame, bool user) {
    return frame | kPresent | kWritable | kAccessed | (user ? kUser : 0);
  }

  static constexpr Entry PermissionBits(mm::Protection protection) {
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
  static constexpr Entry kPermissionMask = kPresent | kWritable | kInaccessible | kNoExecute;

  static constexpr Entry PageEntry(mm::PhysAddr frame, mm::Protection protection, Use use) {
    // Accessed and dirty from the start: nothing reads them, and the CPU need not write them.
    return frame | PermissionBits(protection) | kAccessed | kDirty |
           (use == Use::kUser ? kUser : 0) |
           (use == Use::kDevice ? kCacheDisable | kWriteThrough : 0);
  }
  static constexpr Entry WithProtection(Entry entry, mm::Protection protection) {
    return (entry & ~kPermissionMask) | PermissionBits(protection);
  }
  static constexpr mm::Protection ProtectionOf(Entry entry) {
    if (!(entry & kPresent)) return mm::Protection::kNone;
    if (!(entry & kNoExecute)) return mm::Protection::kReadExecute;
    return entry & kWritable ? mm::Protection::kReadWrite : mm::Protection::kRead;
  }

  static constexpr Entry PartOf(Entry large, unsigned level, size_t offset) {
    const Entry address = (large & kFrameMask) >> LevelShift(level) << LevelShift(level);
    const Entry flags = large & ~kFrameMask & (level == 1 ? ~kLarge : ~Entry{0});
    return (address + offset) | flags;
  }

  // An entry that is not present is not remembered (SDM volume 3, 4.10.2.3).
  static void Published(mm::VirtAddr, Use) {}
};

}  // namespace arch::x86
