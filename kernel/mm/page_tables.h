// SPDX-License-Identifier: BSD-2-Clause
//
// The table work behind arch/contract/kernel/mmu.h, for CPUs whose page tables are trees of arrays of
// entries in memory. What an entry looks like is the Format's business:
//
//   using Entry                        an unsigned integer; 0 maps nothing
//   kTopLevel                          level of the root; level 0 is the one of pages
//   kEntries, kRootEntries             entries of a table, and of the root
//   kKernelFirst                       the root's first entry of the kernel's half
//   kArenaStart, kArenaEnd, kUserEnd   as the contract has them; addresses of the arena have root
//                                      entries of their own, from kArenaStart's to the last
//   LevelShift(level)                  log2 of what one entry of that level maps
//   Canonical(address)                 an address with the bits that translation ignores put right
//   IsPresent(entry)                   the CPU follows it
//   IsMapped(entry)                    present, or a page of Protection::kNone, which keeps its frame
//   IsLarge(entry, level)              a present entry above level 0 that maps memory itself
//   FrameOf(entry)                     of a table or a page
//   TableEntry(frame, user)            leads to a table and permits everything
//   PageEntry(frame, protection, use)
//   WithProtection(entry, protection)  of a page
//   ProtectionOf(entry), IsUser(entry)
//   PartOf(large, level, offset)       the entry one level lower that maps what `large` of that level
//                                      maps at `offset`
//   RightsOf(entry, level)             what it permits of what is below it; a page: of itself
//   Published(address, use)            after a store that maps a page where there was none: what the
//                                      CPU needs to see it
//
// A Format whose entries one store cannot change, or whose root wants more than a store, also has
//
//   Store(at, entry, level)            changes an entry that the CPU may be looking at
//
// and one whose CPU keeps paths to tables when told to forget an address
//
//   ForgetTable(address)               after a change of an entry above level 0 on the way to it
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/panic.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"

namespace mm {

struct Rights {
  bool writable = true;
  bool executable = true;
};

template <class Format>
class PageTables {
 public:
  using Entry = typename Format::Entry;

  static Entry* TableAt(PhysAddr frame) { return static_cast<Entry*>(DirectMap(frame)); }

  static constexpr size_t LevelBytes(unsigned level) {
    return size_t{1} << Format::LevelShift(level);
  }
  static constexpr unsigned IndexAt(VirtAddr address, unsigned level) {
    const unsigned entries = level == Format::kTopLevel ? Format::kRootEntries : Format::kEntries;
    return static_cast<unsigned>(address >> Format::LevelShift(level)) & (entries - 1);
  }

  // `root` becomes the model of the kernel's half: nothing stays in the user's, every table that all
  // roots share exists.
  static void Adopt(PhysAddr root) {
    kernel_root = root;
    Entry* entries = TableAt(root);
    for (unsigned i = 0; i < Format::kKernelFirst; i++) Store(&entries[i], 0, Format::kTopLevel);
    for (unsigned i = IndexAt(Format::kArenaStart, Format::kTopLevel); i < Format::kRootEntries;
         i++) {
      const Place place{&entries[i], Format::kTopLevel, root};
      if (!Format::IsPresent(*place.entry)) BASE_CHECK(AddTable(place, false));
      PinTable(Format::FrameOf(*place.entry));
    }
    SplitDirectMap(root);
  }

  static PhysAddr Create() {
    PhysAddr root = AllocateFrame();
    if (root == kNoFrame) return root;
    constexpr unsigned kFirst = Format::kKernelFirst;
    __builtin_memcpy(TableAt(root) + kFirst, TableAt(kernel_root) + kFirst,
                     (Format::kRootEntries - kFirst) * sizeof(Entry));
    return root;
  }

  static void Destroy(PhysAddr root, void (*release)(PhysAddr frame, Protection protection)) {
    ReleaseTables(root, Format::kTopLevel, Format::kKernelFirst, release);
    FreeTable(root);
  }

  static bool Translate(PhysAddr root, VirtAddr address, arch::Mapping* out) {
    if (!DirectMapKnown() || Format::Canonical(address) != address) return false;
    const Place place = Find(root, address);
    const Entry entry = *place.entry;
    if (!Format::IsMapped(entry)) return false;
    const uint64_t mask = LevelBytes(place.level) - 1;
    *out = {(Format::FrameOf(entry) & ~mask) + (PageDown(address) & mask),
            Format::ProtectionOf(entry), Format::IsUser(entry), LevelBytes(place.level)};
    return true;
  }

  static bool Map(PhysAddr root, VirtAddr address, PhysAddr frame, Protection protection,
                  arch::Use use) {
    Place place = Find(root, address);
    while (place.level) {
      BASE_CHECK(!Format::IsMapped(*place.entry));
      if (!AddTable(place, use == arch::Use::kUser)) {
        PruneAt(root, address);
        return false;
      }
      place = Find(root, address);
    }
    BASE_CHECK(!Format::IsMapped(*place.entry));
    Store(place.entry, Format::PageEntry(frame, protection, use), 0);
    Format::Published(address, use);
    RetainFrame(place.table);
    return true;
  }

  static void Protect(PhysAddr root, VirtAddr address, Protection protection) {
    const Place place = Find(root, address);
    BASE_CHECK(place.level == 0 && Format::IsMapped(*place.entry));
    Store(place.entry, Format::WithProtection(*place.entry, protection), 0);
  }

  static PhysAddr Unmap(PhysAddr root, VirtAddr address) {
    const Place place = Find(root, address);
    if (!Format::IsMapped(*place.entry)) return kNoFrame;
    BASE_CHECK(place.level == 0);
    PhysAddr frame = Format::FrameOf(*place.entry);
    Store(place.entry, 0, 0);
    ReleaseFrame(place.table);
    return frame;
  }

  static void Prune(PhysAddr root, VirtAddr start, size_t bytes) {
    constexpr size_t kSpan = LevelBytes(1);
    VirtAddr last = start + bytes - 1;
    for (VirtAddr at = start;;) {
      PruneAt(root, at);
      VirtAddr next = (at & ~(kSpan - 1)) + kSpan;
      if (next > last || next < at) return;
      at = next;
    }
  }

  static bool SplitDirectPage(VirtAddr address, PhysAddr table) {
    const Place place = Find(kernel_root, address);
    if (place.level == 0) return false;
    BASE_CHECK(place.level == 1 && Format::IsPresent(*place.entry));
    Split(place.entry, 1, table);
    ForgetTable(address & ~(arch::kDirectPage - 1));
    return true;
  }

  static void Walk(PhysAddr root, bool kernel_half,
                   void (*visit)(void* context, const arch::WalkedMapping& mapping),
                   void* context) {
    const Visitor visitor{visit, context};
    WalkTable(root, Format::kTopLevel, kernel_half ? Format::kKernelFirst : 0,
              kernel_half ? Format::kRootEntries : Format::kKernelFirst, 0, {}, visitor);
  }

 private:
  // The entry that maps an address or could: at level 0, or above when a large page or nothing is
  // there.
  struct Place {
    Entry* entry;
    unsigned level;
    PhysAddr table;
  };

  struct Visitor {
    void (*visit)(void* context, const arch::WalkedMapping& mapping);
    void* context;
  };

  static void Store(Entry* at, Entry entry, unsigned level) {
    if constexpr (requires { Format::Store(at, entry, level); }) {
      Format::Store(at, entry, level);
    } else {
      *at = entry;
    }
  }

  // Makes the CPU forget the path to a table, not only the page.
  static void ForgetTable(VirtAddr address) {
    if constexpr (requires { Format::ForgetTable(address); }) {
      Format::ForgetTable(address);
    } else {
      arch::FlushRange(address, kPageSize);
    }
  }

  static bool LeadsToTable(Entry entry, unsigned level) {
    return level != 0 && Format::IsPresent(entry) && !Format::IsLarge(entry, level);
  }

  static Place Find(PhysAddr root, VirtAddr address) {
    PhysAddr table = root;
    for (unsigned level = Format::kTopLevel;; level--) {
      Entry* entry = &TableAt(table)[IndexAt(address, level)];
      if (!LeadsToTable(*entry, level)) return {entry, level, table};
      table = Format::FrameOf(*entry);
    }
  }

  // Gives a table to an empty entry above level 0.
  static bool AddTable(const Place& place, bool user) {
    PhysAddr frame = AllocateFrame();
    if (frame == kNoFrame) return false;
    Store(place.entry, Format::TableEntry(frame, user), place.level);
    RetainFrame(place.table);
    return true;
  }

  // Frees empty tables on the way to `address`, lowest first.
  static void PruneAt(PhysAddr root, VirtAddr address) {
    for (unsigned stop = 0; stop < Format::kTopLevel; stop++) {
      // The entry at level stop + 1 that leads to the table at level `stop`.
      PhysAddr table = root;
      Entry* entry = nullptr;
      unsigned level = Format::kTopLevel;
      PhysAddr holder = root;
      for (; level > stop; level--) {
        entry = &TableAt(table)[IndexAt(address, level)];
        if (!LeadsToTable(*entry, level)) break;
        holder = table;
        table = Format::FrameOf(*entry);
      }
      if (level > stop) continue;  // no table there
      if (FrameReferences(table) != 1) return;
      Store(entry, 0, stop + 1);
      ForgetTable(address);
      ReleaseFrame(table);
      ReleaseFrame(holder);
    }
  }

  // Splits a large entry at `level` into entries one level lower, in `table`.
  static void Split(Entry* entry, unsigned level, PhysAddr table) {
    const Entry large = *entry;
    Entry* entries = TableAt(table);
    for (unsigned i = 0; i < Format::kEntries; i++) {
      entries[i] = Format::PartOf(large, level, i * LevelBytes(level - 1));
    }
    Store(entry, Format::TableEntry(table, false), level);
  }

  static void SplitDirectMap(PhysAddr root) {
    // Down to kDirectPage, which every Format has at level 1.
    static_assert(LevelBytes(1) <= arch::kDirectPage);
    auto start = reinterpret_cast<VirtAddr>(DirectMap(0));
    SplitLarge(root, Format::kTopLevel, IndexAt(start, Format::kTopLevel),
               IndexAt(Format::kArenaStart, Format::kTopLevel));
  }

  static void SplitLarge(PhysAddr table, unsigned level, unsigned first, unsigned end) {
    if (LevelBytes(level) <= arch::kDirectPage) return;
    for (unsigned i = first; i < end; i++) {
      Entry* entry = &TableAt(table)[i];
      if (!Format::IsPresent(*entry)) continue;
      if (Format::IsLarge(*entry, level)) {
        PhysAddr parts = AllocateFrame();
        if (parts == kNoFrame) base::Panic("no memory to split the direct map");
        Split(entry, level, parts);
      }
      SplitLarge(Format::FrameOf(*entry), level - 1, 0, Format::kEntries);
    }
  }

  static void ReleaseTables(PhysAddr table, unsigned level, unsigned end,
                            void (*release)(PhysAddr, Protection)) {
    Entry* entries = TableAt(table);
    for (unsigned i = 0; i < end; i++) {
      if (!Format::IsMapped(entries[i])) continue;
      if (level == 0) {
        release(Format::FrameOf(entries[i]), Format::ProtectionOf(entries[i]));
      } else {
        ReleaseTables(Format::FrameOf(entries[i]), level - 1, Format::kEntries, release);
        FreeTable(Format::FrameOf(entries[i]));
      }
    }
  }

  static void WalkTable(PhysAddr table, unsigned level, unsigned first, unsigned end,
                        VirtAddr start, Rights allowed, const Visitor& visitor) {
    Entry* entries = TableAt(table);
    for (unsigned i = first; i < end; i++) {
      const Entry entry = entries[i];
      if (!Format::IsPresent(entry)) continue;
      const VirtAddr at = Format::Canonical(start + i * LevelBytes(level));
      // What is permitted is what every level permits.
      const Rights own = Format::RightsOf(entry, level);
      const Rights here{allowed.writable && own.writable, allowed.executable && own.executable};
      if (LeadsToTable(entry, level)) {
        WalkTable(Format::FrameOf(entry), level - 1, 0, Format::kEntries, at, here, visitor);
        continue;
      }
      const PhysAddr frame = Format::FrameOf(entry) & ~(uint64_t{LevelBytes(level)} - 1);
      visitor.visit(visitor.context,
                    {at, frame, LevelBytes(level), here.writable, here.executable});
    }
  }

  static constinit inline PhysAddr kernel_root = kNoFrame;
};

}  // namespace mm
