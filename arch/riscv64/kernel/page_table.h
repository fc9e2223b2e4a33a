// SPDX-License-Identifier: BSD-2-Clause
//
// Entries of Sv39 page tables (RISC-V privileged architecture 1.12, 4.4), as pure functions.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/page_tables.h"
#include "kernel/mm/types.h"

namespace arch::riscv64 {

using Entry = uint64_t;

inline constexpr Entry kValid = 1 << 0;
inline constexpr Entry kReadable = 1 << 1;
inline constexpr Entry kWritable = 1 << 2;
inline constexpr Entry kExecutable = 1 << 3;
inline constexpr Entry kUser = 1 << 4;
// Accessed and dirty from the start: nothing reads them, and a CPU may fault on a clear one instead
// of setting it (4.3.1).
inline constexpr Entry kTouched = 3 << 6;
// A page that is mapped with Protection::kNone: not valid, but its frame is kept. One of the two bits
// for software.
inline constexpr Entry kInaccessible = 1 << 8;
// An entry with none of them leads to a table.
inline constexpr Entry kLeaf = kReadable | kWritable | kExecutable;

// What mm::PageTables wants to know.
struct Format {
  using Entry = riscv64::Entry;
  static constexpr unsigned kEntries = 512;
  static constexpr unsigned kRootEntries = 512;
  static constexpr unsigned kTopLevel = 2;
  static constexpr unsigned kKernelFirst = 256;
  // The last 32 GiB: as many tables are made when the kernel starts. A module may be further from the
  // kernel than a pair of instructions reaches.
  static constexpr mm::VirtAddr kArenaStart = 0xfffffff800000000;
  static constexpr mm::VirtAddr kArenaEnd = 0xffffffffffe00000;
  // The last page would end at an address that no pointer can have.
  static constexpr mm::VirtAddr kUserEnd = 0x0000003ffffff000;

  static constexpr unsigned LevelShift(unsigned level) { return 12 + 9 * level; }
  // Sign-extends bit 38.
  static constexpr mm::VirtAddr Canonical(mm::VirtAddr address) {
    return static_cast<mm::VirtAddr>(static_cast<int64_t>(address << 25) >> 25);
  }

  static constexpr bool IsPresent(Entry entry) { return entry & kValid; }
  static constexpr bool IsMapped(Entry entry) { return entry & (kValid | kInaccessible); }
  static constexpr bool IsLarge(Entry entry, unsigned) { return entry & kLeaf; }
  // The physical page number is in bits 53 to 10.
  static constexpr mm::PhysAddr FrameOf(Entry entry) { return (entry << 10 >> 20) << 12; }
  static constexpr Entry Number(mm::PhysAddr frame) { return frame >> 12 << 10; }
  static constexpr bool IsUser(Entry entry) { return entry & kUser; }

  // U, A and D of a table's entry are reserved.
  static constexpr Entry TableEntry(mm::PhysAddr frame, bool) { return Number(frame) | kValid; }

  static constexpr Entry PermissionBits(mm::Protection protection) {
    switch (protection) {
      case mm::Protection::kNone:
        return kInaccessible;
      case mm::Protection::kRead:
        return kValid | kReadable;
      case mm::Protection::kReadWrite:
        return kValid | kReadable | kWritable;
      case mm::Protection::kReadExecute:
        return kValid | kReadable | kExecutable;
    }
    return 0;
  }
  static constexpr Entry kPermissionMask = kValid | kInaccessible | kLeaf;

  // What is a device and what is memory is for the platform's attributes to say (3.6).
  static constexpr Entry PageEntry(mm::PhysAddr frame, mm::Protection protection, Use use) {
    return Number(frame) | PermissionBits(protection) | kTouched | (use == Use::kUser ? kUser : 0);
  }
  static constexpr Entry WithProtection(Entry entry, mm::Protection protection) {
    return (entry & ~kPermissionMask) | PermissionBits(protection);
  }
  static constexpr mm::Protection ProtectionOf(Entry entry) {
    if (!(entry & kValid)) return mm::Protection::kNone;
    if (entry & kExecutable) return mm::Protection::kReadExecute;
    return entry & kWritable ? mm::Protection::kReadWrite : mm::Protection::kRead;
  }

  static constexpr Entry PartOf(Entry large, unsigned, size_t offset) {
    return large + Number(offset);
  }

  static constexpr mm::Rights RightsOf(Entry entry, unsigned) {
    if (!(entry & kLeaf)) return {};
    return {(entry & kWritable) != 0, (entry & kExecutable) != 0};
  }

  // With an address, SFENCE.VMA is about the entries of pages alone; paths to tables go with all the
  // rest only (4.2.1).
  static void ForgetTable(mm::VirtAddr) { asm volatile("sfence.vma" ::: "memory"); }

  // A hart may remember that nothing was there, no page or no table. Where that leads to a fault, the
  // handler finds the mapping and goes on; but it needs its stack.
  static void Published(mm::VirtAddr address, Use use) {
    if (use != Use::kUser) ForgetTable(address);
  }
};

}  // namespace arch::riscv64
