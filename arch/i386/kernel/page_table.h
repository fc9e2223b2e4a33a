// SPDX-License-Identifier: BSD-2-Clause
//
// The PAE page tables (SDM volume 3, 4.4). The root has four entries, which permit nothing and
// everything, and of which the CPU keeps copies; the kernel's half is the last.
#pragma once

#include "arch/x86/kernel/page_entry.h"

namespace arch::x86 {

// What mm::PageTables wants to know.
struct Format : EntryFormat {
  static constexpr unsigned kRootEntries = 4;
  static constexpr unsigned kTopLevel = 2;  // levels are 2 (pointers), 1 (directory), 0 (table)
  static constexpr unsigned kKernelFirst = 3;
  static constexpr mm::VirtAddr kKernelHalf = 0xc0000000;
  // Behind the room for the direct map (arch/i386/boot/layout.h).
  static constexpr mm::VirtAddr kArenaStart = 0xe0000000;
  static constexpr mm::VirtAddr kArenaEnd = 0xffe00000;
  static constexpr mm::VirtAddr kUserEnd = 0xc0000000;

  static constexpr mm::VirtAddr Canonical(mm::VirtAddr address) { return address; }

  static constexpr bool IsLarge(Entry entry, unsigned level) {
    return level < kTopLevel && entry & kLarge;
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
};

}  // namespace arch::x86
