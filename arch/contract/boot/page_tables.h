// SPDX-License-Identifier: BSD-2-Clause
//
// What is behind MapPages on CPUs whose page tables are trees of arrays of 512 entries of 64 bits. What
// an entry looks like is the Format's business:
//
//   kRootShift                    log2 of what one entry of the root maps
//   IsTable(entry)                leads to a table; what is neither that nor 0 is a large page
//   TableEntry(frame, in_root)    leads to a table and permits everything
//   AddressOf(entry)              of the table
//   PageEntry(physical, access)
//
// and where there are large pages, which have 2 MiB
//
//   LargeEntry(physical, access)
//   PartOf(large, offset)         the page's entry that maps what `large` maps at `offset`
#pragma once

#include "arch/contract/boot/boot.h"

namespace boot {

template <class Format>
class PageTables {
 public:
  static bool Map(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
                  Access access, const TableFrames& frames) {
    while (bytes != 0) {
      uint64_t table = root;
      int shift = Format::kRootShift;
      for (; shift > kLargeShift && table != 0; shift -= kLevelBits) {
        table = TableBelow(EntryOf(table, virtual_base, shift), shift, frames);
      }
      if (table == 0) return false;
      uint64_t* entry = EntryOf(table, virtual_base, kLargeShift);
      uint64_t step = 0;
      if (MapLarge(entry, virtual_base, physical, bytes, access)) {
        step = kLargePage;
      } else {
        table = TableBelow(entry, kLargeShift, frames);
        if (table == 0) return false;
        step = MapSmall(table, virtual_base, physical, bytes, access);
      }
      virtual_base += step;
      physical += step;
      bytes -= step;
    }
    return true;
  }

 private:
  static constexpr int kPageShift = 12;
  static constexpr int kLargeShift = 21;
  static constexpr int kLevelBits = 9;
  static constexpr uint64_t kLargePage = uint64_t{1} << kLargeShift;
  static constexpr uint64_t kEntries = 1 << kLevelBits;

  static uint64_t* EntryOf(uint64_t table, uint64_t address, int shift) {
    return reinterpret_cast<uint64_t*>(At(table)) + (address >> shift) % kEntries;
  }

  // The table that `entry` leads to. Where nothing is mapped it is made, and so it is in place of a
  // large page, whose parts it then has. 0: no frame.
  static uint64_t TableBelow(uint64_t* entry, int shift, const TableFrames& frames) {
    if (!Format::IsTable(*entry)) {
      const uint64_t table = frames.allocate(frames.context);
      if (table == 0) return 0;
      if constexpr (kHasLarge) {
        for (uint64_t i = 0; *entry != 0 && i < kEntries; ++i) {
          *EntryOf(table, i << kPageShift, kPageShift) = Format::PartOf(*entry, i << kPageShift);
        }
      }
      *entry = Format::TableEntry(table, shift == Format::kRootShift);
    }
    return Format::AddressOf(*entry);
  }

  // False when the addresses or the length do not suit a large page, or a table stands there: that is
  // kept.
  static bool MapLarge(uint64_t* entry, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
                       Access access) {
    if constexpr (kHasLarge) {
      const bool aligned = ((virtual_base | physical) & (kLargePage - 1)) == 0;
      if (!aligned || bytes < kLargePage || Format::IsTable(*entry)) return false;
      *entry = Format::LargeEntry(physical, access);
      return true;
    }
    return false;
  }

  // As far as this table goes; returns how far.
  static uint64_t MapSmall(uint64_t table, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
                           Access access) {
    const uint64_t left = kLargePage - (virtual_base & (kLargePage - 1));
    const uint64_t step = bytes < left ? bytes : left;
    for (uint64_t done = 0; done < step; done += kPageSize) {
      *EntryOf(table, virtual_base + done, kPageShift) = Format::PageEntry(physical + done, access);
    }
    return step;
  }

  static constexpr bool kHasLarge = requires { Format::LargeEntry(0, Access::kRead); };
};

}  // namespace boot
