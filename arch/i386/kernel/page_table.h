// SPDX-License-Identifier: BSD-2-Clause
//
// Entries of the PAE page tables (SDM volume 3, 4.4). The root has four, which permit nothing and
// everything, and of which the CPU keeps copies; the kernel's half is the last.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/page_tables.h"
#include "kernel/mm/types.h"

namespace arch::i386 {

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

// What mm::PageTables wants to know.
struct Format {
  using Entry = i386::Entry;
  static constexpr unsigned kEntries = 512;
  static constexpr unsigned kRootEntries = 4;
  static constexpr unsigned kTopLevel =
      2;  // levels are 2 (pointers), 1 (directory), 0 (page table)
  static constexpr unsigned kKernelFirst = 3;
  // Behind the room for the direct map (arch/i386/boot/layout.h).
  static constexpr mm::VirtAddr kArenaStart = 0xe0000000;
  static constexpr mm::VirtAddr kArenaEnd = 0xffe00000;
  static constexpr mm::VirtAddr kUserEnd = 0xc0000000;

  static constexpr unsigned LevelShift(unsigned level) { return 12 + 9 * level; }
  static constexpr mm::VirtAddr Canonical(mm::VirtAddr address) { return address; }

  static constexpr bool IsPresent(Entry entry) { return entry & kPresent; }
  static constexpr bool IsMapped(Entry entry) { return entry & (kPresent | kInaccessible); }
  static constexpr bool IsLarge(Entry entry, unsigned level) {
    return level < kTopLevel && entry & kLarge;
  }
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

  // Writing needs W at every level below the root, executing the absence of NX.
  static constexpr mm::Rights RightsOf(Entry entry, unsigned level) {
    if (level == kTopLevel) return {};
    return {(entry & kWritable) != 0, (entry & kNoExecute) == 0};
  }

  // Both halves at once, so that the CPU never sees half of a change. In the root, what says
  // something in tables is reserved, and a new root makes the CPU take over the entries (4.4.1).
  static void Store(Entry* at, Entry entry, unsigned level) {
    if (level == kTopLevel) entry &= kFrameMask | kPresent;
    Entry old = *at;
    asm volatile("1: lock cmpxchg8b %0\n\tjnz 1b"
                 : "+m"(*at), "+A"(old)
                 : "b"(static_cast<uint32_t>(entry)), "c"(static_cast<uint32_t>(entry >> 32))
                 : "cc", "memory");
    if (level == kTopLevel) FlushAll();
  }

  // An entry that is not present is not remembered (SDM volume 3, 4.10.2.3).
  static void Published(mm::VirtAddr, Use) {}
};

}  // namespace arch::i386
