// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/mmu.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/x86_64/kernel/page_table.h"
#include "arch/x86_64/kernel/registers.h"
#include "kernel/base/panic.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"

namespace arch {

using namespace x86_64;

static_assert(mm::kPageSize == 4096);

namespace {

constexpr mm::VirtAddr kArenaStart = 0xffffff8000000000;  // the last top-level entry
constexpr mm::VirtAddr kArenaEnd = 0xffffffffffe00000;
constexpr mm::VirtAddr kUserEnd = 0x00007ffffffff000;  // the last page would end at a bad address

constinit mm::PhysAddr kernel_root = mm::kNoFrame;

Entry* TableAt(mm::PhysAddr frame) { return static_cast<Entry*>(mm::DirectMap(frame)); }
mm::PhysAddr FrameOf(Entry entry) { return entry & kFrameMask; }

// The entry that maps `address` or could: at level 0, or above when a large page or nothing is
// there. Null only when the direct map is not known yet.
struct Place {
  Entry* entry;
  unsigned level;
  mm::PhysAddr table;
};

Place Find(mm::PhysAddr root, mm::VirtAddr address) {
  mm::PhysAddr table = root;
  for (unsigned level = kTopLevel;; level--) {
    Entry* entry = &TableAt(table)[IndexAt(address, level)];
    if (level == 0 || !(*entry & kPresent) || (level < kTopLevel && *entry & kLarge)) {
      return {entry, level, table};
    }
    table = FrameOf(*entry);
  }
}

// Gives a table of level `level` - 1 to an empty entry. Table entries permit everything; the last
// level decides.
bool AddTable(const Place& place, bool user) {
  mm::PhysAddr frame = mm::AllocateFrame();
  if (frame == mm::kNoFrame) return false;
  *place.entry = frame | kPresent | kWritable | (user ? kUser : 0);
  mm::RetainFrame(place.table);
  return true;
}

// Frees empty tables on the way to `address`, lowest first.
void PruneAt(mm::PhysAddr root, mm::VirtAddr address) {
  for (unsigned stop = 0; stop < kTopLevel; stop++) {
    // The entry at level stop + 1 that leads to the table at level `stop`.
    mm::PhysAddr table = root;
    Entry* entry = nullptr;
    unsigned level = kTopLevel;
    mm::PhysAddr holder = root;
    for (; level > stop; level--) {
      entry = &TableAt(table)[IndexAt(address, level)];
      if (!(*entry & kPresent) || (level < kTopLevel && *entry & kLarge)) break;
      holder = table;
      table = FrameOf(*entry);
    }
    if (level > stop) continue;  // no table there
    if (mm::FrameReferences(table) != 1) return;
    *entry = 0;
    // Also makes the CPU forget the path to the table, not only the page.
    FlushRange(address, mm::kPageSize);
    mm::ReleaseFrame(table);
    mm::ReleaseFrame(holder);
  }
}

// Splits a large entry at `level` into entries one level lower.
void SplitEntry(Entry* entry, unsigned level, mm::PhysAddr table) {
  Entry old = *entry;
  size_t bytes = LevelBytes(level - 1);
  mm::PhysAddr frame = FrameOf(old) & ~(LevelBytes(level) - 1);
  Entry flags = old & ~kFrameMask;
  if (level == 1) flags &= ~kLarge;
  Entry* entries = TableAt(table);
  for (unsigned i = 0; i < kEntries; i++) entries[i] = (frame + i * bytes) | flags;
  *entry = table | kPresent | kWritable | kAccessed;
}

void ShareKernelTables(mm::PhysAddr root) {
  // Every root copies the entry of the arena, so its table exists from the start.
  Place place{&TableAt(root)[IndexAt(kArenaStart, kTopLevel)], kTopLevel, root};
  if (!(*place.entry & kPresent)) BASE_CHECK(AddTable(place, false));
  mm::PinTable(FrameOf(*place.entry));
}

void SplitDirectMap(mm::PhysAddr root) {
  auto start = reinterpret_cast<mm::VirtAddr>(mm::DirectMap(0));
  for (unsigned top = IndexAt(start, kTopLevel); top < IndexAt(kArenaStart, kTopLevel); top++) {
    Entry top_entry = TableAt(root)[top];
    if (!(top_entry & kPresent)) return;
    Entry* entries = TableAt(FrameOf(top_entry));
    for (unsigned i = 0; i < kEntries; i++) {
      if (!(entries[i] & kPresent) || !(entries[i] & kLarge)) continue;
      mm::PhysAddr table = mm::AllocateFrame();
      if (table == mm::kNoFrame) base::Panic("no memory to split the direct map");
      SplitEntry(&entries[i], 2, table);
    }
  }
}

void ReleaseTables(mm::PhysAddr table, unsigned level, unsigned first, unsigned end,
                   void (*release)(mm::PhysAddr, mm::Protection)) {
  Entry* entries = TableAt(table);
  for (unsigned i = first; i < end; i++) {
    if (!IsMapped(entries[i])) continue;
    if (level == 0) {
      release(FrameOf(entries[i]), ProtectionOf(entries[i]));
    } else {
      ReleaseTables(FrameOf(entries[i]), level - 1, 0, kEntries, release);
      mm::FreeTable(FrameOf(entries[i]));
    }
  }
}

void WalkTable(mm::PhysAddr table, unsigned level, unsigned first, unsigned end, mm::VirtAddr start,
               Entry allowed, void (*visit)(void*, const WalkedMapping&), void* context) {
  Entry* entries = TableAt(table);
  for (unsigned i = first; i < end; i++) {
    Entry entry = entries[i];
    if (!(entry & kPresent)) continue;
    mm::VirtAddr at = Canonical(start + i * LevelBytes(level));
    // Writing needs W at every level, executing the absence of NX at every level.
    Entry here = (entry & kWritable) | (entry & kNoExecute ? 0 : kNoExecute);
    here &= allowed;
    if (level && !(level < kTopLevel && entry & kLarge)) {
      WalkTable(FrameOf(entry), level - 1, 0, kEntries, at, here, visit, context);
      continue;
    }
    mm::PhysAddr frame = FrameOf(entry) & ~(LevelBytes(level) - 1);
    visit(context,
          {at, frame, LevelBytes(level), (here & kWritable) != 0, (here & kNoExecute) != 0});
  }
}

}  // namespace

mm::VirtAddr UserEnd() { return kUserEnd; }
mm::VirtAddr KernelArenaStart() { return kArenaStart; }
mm::VirtAddr KernelArenaEnd() { return kArenaEnd; }

mm::PhysAddr CurrentRoot() { return ReadCr3() & kFrameMask; }

void SwitchRoot(mm::PhysAddr root) {
  if (CurrentRoot() != root) WriteCr3(root);
}

void AdoptKernelRoot(mm::PhysAddr root) {
  kernel_root = root;
  for (unsigned i = 0; i < kKernelFirst; i++) TableAt(root)[i] = 0;
  ShareKernelTables(root);
  SplitDirectMap(root);
  FlushAll();
}

mm::PhysAddr CreateRoot() {
  mm::PhysAddr root = mm::AllocateFrame();
  if (root == mm::kNoFrame) return root;
  __builtin_memcpy(TableAt(root) + kKernelFirst, TableAt(kernel_root) + kKernelFirst,
                   (kEntries - kKernelFirst) * sizeof(Entry));
  return root;
}

void DestroyRoot(mm::PhysAddr root,
                 void (*release)(mm::PhysAddr frame, mm::Protection protection)) {
  ReleaseTables(root, kTopLevel, 0, kKernelFirst, release);
  mm::FreeTable(root);
}

bool Translate(mm::PhysAddr root, mm::VirtAddr address, Mapping* out) {
  if (!mm::DirectMapKnown() || Canonical(address) != address) return false;
  Place place = Find(root, address);
  Entry entry = *place.entry;
  if (!IsMapped(entry)) return false;
  mm::PhysAddr start = FrameOf(entry) & ~(LevelBytes(place.level) - 1);
  *out = {start + (mm::PageDown(address) & (LevelBytes(place.level) - 1)), ProtectionOf(entry),
          (entry & kUser) != 0, LevelBytes(place.level)};
  return true;
}

bool MapPage(mm::PhysAddr root, mm::VirtAddr address, mm::PhysAddr frame, mm::Protection protection,
             Use use) {
  Place place = Find(root, address);
  while (place.level) {
    BASE_CHECK(!IsMapped(*place.entry));
    if (!AddTable(place, use == Use::kUser)) {
      PruneAt(root, address);
      return false;
    }
    place = Find(root, address);
  }
  BASE_CHECK(!IsMapped(*place.entry));
  // Accessed and dirty from the start: nothing reads them, and the CPU need not write them.
  *place.entry = frame | PermissionBits(protection) | kAccessed | kDirty |
                 (use == Use::kUser ? kUser : 0) |
                 (use == Use::kDevice ? kCacheDisable | kWriteThrough : 0);
  mm::RetainFrame(place.table);
  return true;
}

void ProtectPage(mm::PhysAddr root, mm::VirtAddr address, mm::Protection protection) {
  Place place = Find(root, address);
  BASE_CHECK(place.level == 0 && IsMapped(*place.entry));
  *place.entry = (*place.entry & ~kPermissionMask) | PermissionBits(protection);
}

mm::PhysAddr UnmapPage(mm::PhysAddr root, mm::VirtAddr address) {
  Place place = Find(root, address);
  if (!IsMapped(*place.entry)) return mm::kNoFrame;
  BASE_CHECK(place.level == 0);
  mm::PhysAddr frame = FrameOf(*place.entry);
  *place.entry = 0;
  mm::ReleaseFrame(place.table);
  return frame;
}

void PruneTables(mm::PhysAddr root, mm::VirtAddr start, size_t bytes) {
  constexpr size_t kSpan = LevelBytes(1);
  mm::VirtAddr last = start + bytes - 1;
  for (mm::VirtAddr at = start;;) {
    PruneAt(root, at);
    mm::VirtAddr next = (at & ~(kSpan - 1)) + kSpan;
    if (next > last || next < at) return;
    at = next;
  }
}

bool SplitDirectPage(mm::VirtAddr address, mm::PhysAddr table) {
  Place place = Find(kernel_root, address);
  if (place.level == 0) return false;
  BASE_CHECK(place.level == 1 && *place.entry & kPresent);
  SplitEntry(place.entry, 1, table);
  FlushRange(address & ~(kDirectPage - 1), mm::kPageSize);
  return true;
}

void FlushRange(mm::VirtAddr start, size_t bytes) {
  // Beyond this many pages forgetting everything costs less.
  constexpr size_t kMostPages = 64;
  if (bytes > kMostPages * mm::kPageSize) return FlushAll();
  for (size_t done = 0; done < bytes; done += mm::kPageSize) {
    asm volatile("invlpg (%0)" ::"r"(start + done) : "memory");
  }
}

// No mapping is global, so this is everything.
void FlushAll() { WriteCr3(ReadCr3()); }

// Instruction fetch sees stores (Intel SDM 3A, 12.6); what was fetched before came through another
// mapping, whose change of protection has serialised this CPU.
void SyncCode(mm::VirtAddr, size_t) {}

void WalkRoot(mm::PhysAddr root, bool kernel_half,
              void (*visit)(void* context, const WalkedMapping& mapping), void* context) {
  WalkTable(root, kTopLevel, kernel_half ? kKernelFirst : 0, kernel_half ? kEntries : kKernelFirst,
            0, kWritable | kNoExecute, visit, context);
}

}  // namespace arch
