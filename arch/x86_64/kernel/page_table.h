// SPDX-License-Identifier: BSD-2-Clause
//
// The four-level page tables (SDM volume 3, 4.5).
#pragma once

#include "arch/x86/kernel/page_entry.h"

namespace arch::x86 {

// What mm::PageTables wants to know.
struct Format : EntryFormat {
  static constexpr unsigned kRootEntries = 512;
  static constexpr unsigned kTopLevel = 3;  // levels are 3 (PML4), 2, 1, 0 (page table)
  static constexpr unsigned kKernelFirst = 256;
  static constexpr mm::VirtAddr kKernelHalf = 0xffff800000000000;
  static constexpr mm::VirtAddr kArenaStart = 0xffffff8000000000;  // the last top-level entry
  static constexpr mm::VirtAddr kArenaEnd = 0xffffffffffe00000;
  // The last page would end at a bad address.
  static constexpr mm::VirtAddr kUserEnd = 0x00007ffffffff000;

  // Sign-extends bit 47.
  static constexpr mm::VirtAddr Canonical(mm::VirtAddr address) {
    return static_cast<mm::VirtAddr>(static_cast<int64_t>(address << 16) >> 16);
  }

  static constexpr bool IsLarge(Entry entry, unsigned level) {
    return level < kTopLevel && entry & kLarge;
  }

  // Writing needs W at every level, executing the absence of NX at every level.
  static constexpr mm::Rights RightsOf(Entry entry, unsigned) {
    return {(entry & kWritable) != 0, (entry & kNoExecute) == 0};
  }
};

}  // namespace arch::x86
