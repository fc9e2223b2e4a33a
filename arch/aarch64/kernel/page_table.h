// SPDX-License-Identifier: BSD-2-Clause
//
// Entries of the four-level page tables for the 4 KiB granule (Arm ARM, DDI 0487, D8.3), as pure
// functions. There are pages only, no blocks (boot/page_tables.cc says why).
//
// One root table serves both halves of the address space, of 47 bits each: TTBR0 points at its lower
// 256 entries, which are a user's, TTBR1 at the upper ones of the kernel's root.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/page_tables.h"
#include "kernel/mm/types.h"

namespace arch::aarch64 {

using Entry = uint64_t;

inline constexpr Entry kValid = 1 << 0;
inline constexpr Entry kTable = 1 << 1;   // above the last level
inline constexpr Entry kPage = 1 << 1;    // at the last level
inline constexpr Entry kDevice = 1 << 2;  // attribute index 1; 0 is memory
inline constexpr Entry kUser = 1 << 6;
inline constexpr Entry kReadOnly = 1 << 7;
inline constexpr Entry kInnerShareable = 3 << 8;
inline constexpr Entry kAccessed = 1 << 10;
inline constexpr Entry kNotGlobal = 1 << 11;
inline constexpr Entry kPrivilegedNoExecute = Entry{1} << 53;
inline constexpr Entry kUserNoExecute = Entry{1} << 54;
// A page that is mapped with Protection::kNone: not valid, but its frame is kept. A bit for software.
inline constexpr Entry kInaccessible = Entry{1} << 55;
inline constexpr Entry kFrameMask = 0x0000fffffffff000;

inline constexpr Entry kNeverExecuted = kPrivilegedNoExecute | kUserNoExecute;

// What mm::PageTables wants to know.
struct Format {
  using Entry = aarch64::Entry;
  static constexpr unsigned kEntries = 512;
  static constexpr unsigned kRootEntries = 512;
  static constexpr unsigned kTopLevel = 3;  // levels are 3 (the root), 2, 1, 0 (pages)
  static constexpr unsigned kKernelFirst = 256;
  static constexpr mm::VirtAddr kArenaStart = 0xffffff8000000000;  // the last top-level entry
  static constexpr mm::VirtAddr kArenaEnd = 0xffffffffffe00000;
  static constexpr mm::VirtAddr kUserEnd = 0x00007ffffffff000;  // a pointer behind it is none

  static constexpr unsigned LevelShift(unsigned level) { return 12 + 9 * level; }
  // Sign-extends bit 47.
  static constexpr mm::VirtAddr Canonical(mm::VirtAddr address) {
    return static_cast<mm::VirtAddr>(static_cast<int64_t>(address << 16) >> 16);
  }

  static constexpr bool IsPresent(Entry entry) { return entry & kValid; }
  static constexpr bool IsMapped(Entry entry) { return entry & (kValid | kInaccessible); }
  static constexpr bool IsLarge(Entry, unsigned) { return false; }
  static constexpr mm::PhysAddr FrameOf(Entry entry) { return entry & kFrameMask; }
  static constexpr bool IsUser(Entry entry) { return entry & kUser; }

  static Entry TableEntry(mm::PhysAddr frame, bool) {
    // The walker sees the table empty before it sees the table.
    asm volatile("dmb ishst" ::: "memory");
    return frame | kTable | kValid;
  }

  // What may be executed may be so by its owner alone.
  static constexpr Entry PermissionBits(mm::Protection protection, bool user) {
    switch (protection) {
      case mm::Protection::kNone:
        return kInaccessible | kNeverExecuted;
      case mm::Protection::kRead:
        return kValid | kReadOnly | kNeverExecuted;
      case mm::Protection::kReadWrite:
        return kValid | kNeverExecuted;
      case mm::Protection::kReadExecute:
        return kValid | kReadOnly | (user ? kPrivilegedNoExecute : kUserNoExecute);
    }
    return 0;
  }
  static constexpr Entry kPermissionMask = kValid | kInaccessible | kReadOnly | kNeverExecuted;

  static constexpr Entry PageEntry(mm::PhysAddr frame, mm::Protection protection, Use use) {
    // Accessed from the start: nothing reads that, and without it the CPU would fault.
    return frame | kPage | kAccessed | PermissionBits(protection, use == Use::kUser) |
           (use == Use::kUser ? kUser | kNotGlobal : 0) |
           (use == Use::kDevice ? kDevice : kInnerShareable);
  }
  static constexpr Entry WithProtection(Entry entry, mm::Protection protection) {
    return (entry & ~kPermissionMask) | PermissionBits(protection, IsUser(entry));
  }
  static constexpr bool IsExecutable(Entry entry) {
    return (entry & kNeverExecuted) != kNeverExecuted;
  }
  static constexpr mm::Protection ProtectionOf(Entry entry) {
    if (!(entry & kValid)) return mm::Protection::kNone;
    if (IsExecutable(entry)) return mm::Protection::kReadExecute;
    return entry & kReadOnly ? mm::Protection::kRead : mm::Protection::kReadWrite;
  }

  static constexpr Entry PartOf(Entry large, unsigned, size_t) { return large; }  // there are none

  static constexpr mm::Rights RightsOf(Entry entry, unsigned level) {
    if (level != 0) return {};
    return {(entry & kReadOnly) == 0, IsExecutable(entry)};
  }

  // An entry that was invalid is not remembered (D8.13.1), but the walker must see the store.
  static void Published(mm::VirtAddr, Use) { asm volatile("dsb ishst\n\tisb" ::: "memory"); }
};

}  // namespace arch::aarch64
