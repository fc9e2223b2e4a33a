// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/address_space.h"

#include <new>

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/panic.h"
#include "kernel/base/random.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/frames_internal.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/shootdown.h"

namespace mm {
namespace {

using base::Errno;
using base::Error;
using base::Ok;
using base::Result;
// Null pointers with small offsets must fault.
constexpr VirtAddr kUserStart = 0x10000;

constinit sched::SpinLock list_lock;
constinit AddressSpace* first_space = nullptr;
constinit AddressSpace* active_space = nullptr;

// 16 GiB of places for the stack, 4 GiB more for the mappings below it; where user space is small,
// these shares of it.
constexpr uint64_t kMostStackPlaces = uint64_t{1} << 22;
constexpr uint64_t kMostMapPlaces = uint64_t{1} << 20;
constexpr uint64_t kStackShare = 64;
constexpr uint64_t kMapShare = 256;

VirtAddr RandomBelow(VirtAddr top, uint64_t most, uint64_t share) {
  const uint64_t shared = arch::UserEnd() / kPageSize / share;
  const uint64_t places = shared < most ? shared : most;
  return top - static_cast<VirtAddr>(base::PlacementRandom() % places << kPageShift);
}

bool InUserSpace(VirtAddr start, size_t bytes) {
  return start >= kUserStart && start < arch::UserEnd() && bytes <= arch::UserEnd() - start;
}

Protection TagProtection(uint32_t tag) { return static_cast<Protection>(tag); }

void ReleasePage(PhysAddr frame, Protection protection) {
  if (protection == Protection::kReadExecute) ReleaseExecutable(frame);
  ReleaseFrame(frame);
}

// Frames in a chain, each with the address of the next in its first word, so that all the memory an
// operation needs is there before the first change.
PhysAddr AllocateChain(size_t count) {
  PhysAddr chain = kNoFrame;
  for (size_t i = 0; i < count; i++) {
    PhysAddr frame = AllocateFrame();
    if (frame == kNoFrame) {
      while (chain != kNoFrame) {
        PhysAddr next = *static_cast<PhysAddr*>(DirectMap(chain));
        ReleaseFrame(chain);
        chain = next;
      }
      return kNoFrame;
    }
    *static_cast<PhysAddr*>(DirectMap(frame)) = chain;
    chain = frame;
  }
  return chain;
}

PhysAddr TakeFromChain(PhysAddr& chain) {
  PhysAddr frame = chain;
  auto* link = static_cast<PhysAddr*>(DirectMap(frame));
  chain = *link;
  *link = 0;
  return frame;
}

// Maps with the executable count held. False without memory for tables.
bool MapHeld(PhysAddr root, VirtAddr page, PhysAddr frame, Protection protection) {
  bool executable = protection == Protection::kReadExecute;
  if (executable) HoldExecutable(frame);
  if (arch::MapPage(root, page, frame, protection, arch::Use::kUser)) return true;
  if (executable) ReleaseExecutable(frame);
  return false;
}

}  // namespace

AddressSpace* AddressSpace::FirstSpace() { return first_space; }

Result<AddressSpace*> AddressSpace::Create() {
  void* memory = Allocate(sizeof(AddressSpace), alignof(AddressSpace));
  if (!memory) return Errno(ENOMEM);
  auto* space = new (memory) AddressSpace;
  space->root_ = arch::CreateRoot();
  if (space->root_ == kNoFrame) {
    mm::Free(memory);
    return Errno(ENOMEM);
  }
  space->stack_top_ = RandomBelow(arch::UserEnd(), kMostStackPlaces, kStackShare);
  space->map_top_ = RandomBelow(space->stack_top_ - kStackRoom, kMostMapPlaces, kMapShare);
  sched::Guard guard(list_lock);
  space->next_ = first_space;
  if (first_space) first_space->previous_ = space;
  first_space = space;
  return space;
}

void AddressSpace::Destroy() {
  BASE_CHECK(active_space != this);
  // A kernel thread keeps the last process's root in force.
  if (arch::CurrentRoot() == root_) arch::SwitchRoot(KernelRoot());
  {
    sched::Guard guard(list_lock);
    if (next_) next_->previous_ = previous_;
    (previous_ ? previous_->next_ : first_space) = next_;
  }
  arch::DestroyRoot(root_, ReleasePage);
  regions_.Clear();
  this->~AddressSpace();
  mm::Free(this);
}

void AddressSpace::Activate(AddressSpace* space) {
  active_space = space;
  if (space) arch::SwitchRoot(space->root_);
}

AddressSpace* ActiveSpace() { return active_space; }

Result<AddressSpace*> AddressSpace::Fork() {
  auto made = ForkElsewhere();
  if (!made.ok()) return made;
  made.value()->stack_top_ = stack_top_;
  made.value()->map_top_ = map_top_;
  return made;
}

Result<AddressSpace*> AddressSpace::ForkElsewhere() {
  auto made = Create();
  if (!made.ok()) return made;
  AddressSpace& child = *made.value();
  Error error = CopyAll(child);
  if (Ok(error)) return &child;
  child.Destroy();
  return error;
}

Error AddressSpace::CopyAll(AddressSpace& to) {
  sched::Guard guard(lock_);
  to.break_start_ = break_start_;
  to.break_ = break_;
  for (RangeMap::Range* range = regions_.FirstEndingAbove(0); range;
       range = regions_.FirstEndingAbove(range->end())) {
    Error error = CopyRegion(to, *range);
    if (!Ok(error)) return error;
  }
  return Error::kOk;
}

Error AddressSpace::CopyRegion(AddressSpace& to, const RangeMap::Range& range) {
  if (!to.regions_.Insert(range.start, range.bytes, range.tag)) return Errno(ENOMEM);
  for (VirtAddr page = range.start; page < range.end(); page += kPageSize) {
    arch::Mapping mapping;
    if (!arch::Translate(root_, page, &mapping)) continue;
    PhysAddr frame = mapping.frame;
    if (mapping.protection == Protection::kReadWrite) {
      frame = AllocateFramesUnzeroed(1);
      if (frame == kNoFrame) return Errno(ENOMEM);
      __builtin_memcpy(DirectMap(frame), DirectMap(mapping.frame), kPageSize);
    } else {
      RetainFrame(frame);
    }
    if (!MapHeld(to.root_, page, frame, mapping.protection)) {
      ReleaseFrame(frame);
      return Errno(ENOMEM);
    }
  }
  return Error::kOk;
}

bool AddressSpace::ChooseStart(VirtAddr hint, size_t bytes, VirtAddr* out) const {
  hint = PageDown(hint);
  if (hint && InUserSpace(hint, bytes) && regions_.IsFree(hint, bytes)) {
    *out = hint;
    return true;
  }
  uint64_t start = 0;
  if (!regions_.HighestGap(kUserStart, map_top_, bytes, &start) &&
      !regions_.HighestGap(map_top_, stack_top_ - kStackRoom, bytes, &start)) {
    return false;
  }
  *out = static_cast<VirtAddr>(start);
  return true;
}

bool AddressSpace::Covered(VirtAddr start, VirtAddr end) const {
  while (start < end) {
    RangeMap::Range* range = regions_.Containing(start);
    if (!range) return false;
    start = range->end();
  }
  return true;
}

// Makes `address` a border of regions.
Error AddressSpace::SplitAt(VirtAddr address) {
  RangeMap::Range* range = regions_.Containing(address);
  if (!range || range->start == address) return Error::kOk;
  uint64_t end = range->end();
  RangeMap::Resize(range, range->start, address - range->start);
  if (regions_.Insert(address, end - address, range->tag)) return Error::kOk;
  RangeMap::Resize(range, range->start, end - range->start);
  return Errno(ENOMEM);
}

// Makes [start, start + bytes), whose ends are borders, one region. Needs a node only when there is
// no region yet.
Error AddressSpace::SetRegion(VirtAddr start, size_t bytes, Protection protection) {
  VirtAddr end = start + bytes;
  RangeMap::Range* first = regions_.FirstEndingAbove(start);
  if (!first || first->start >= end) {
    return regions_.Insert(start, bytes, static_cast<uint32_t>(protection)) ? Error::kOk
                                                                            : Errno(ENOMEM);
  }
  for (;;) {
    RangeMap::Range* next = regions_.FirstEndingAbove(first->end());
    if (!next || next->start >= end) break;
    regions_.Remove(next);
  }
  RangeMap::Resize(first, start, bytes);
  first->tag = static_cast<uint32_t>(protection);
  return Error::kOk;
}

// Joins the regions that meet at `start` and at `end` when they are alike.
void AddressSpace::JoinAround(VirtAddr start, VirtAddr end) {
  for (VirtAddr border : {end, start}) {
    if (!border) continue;
    RangeMap::Range* below = regions_.Containing(border - 1);
    RangeMap::Range* above = regions_.Containing(border);
    if (!below || !above || below == above || below->tag != above->tag) continue;
    uint64_t joined_end = above->end();
    regions_.Remove(above);
    RangeMap::Resize(below, below->start, joined_end - below->start);
  }
}

// Whether a page was mapped before the operation in progress: its protection is still its region's.
bool AddressSpace::IsOldPage(VirtAddr page, arch::Mapping* out) const {
  RangeMap::Range* range = regions_.Containing(page);
  return range && arch::Translate(root_, page, out) && out->protection == TagProtection(range->tag);
}

// Maps zeroed frames where nothing is mapped. On failure what it has mapped is gone again.
Error AddressSpace::FillHoles(VirtAddr start, VirtAddr end, Protection protection) {
  arch::Mapping mapping;
  for (VirtAddr page = start; page < end; page += kPageSize) {
    if (arch::Translate(root_, page, &mapping)) continue;
    PhysAddr frame = AllocateFrame();
    if (frame != kNoFrame) {
      if (MapHeld(root_, page, frame, protection)) continue;
      ReleaseFrame(frame);
    }
    RemoveNewPages(start, page);
    return Errno(ENOMEM);
  }
  return Error::kOk;
}

void AddressSpace::RemoveNewPages(VirtAddr start, VirtAddr end) {
  arch::Mapping mapping;
  for (VirtAddr page = start; page < end; page += kPageSize) {
    if (!IsOldPage(page, &mapping)) RemovePages(page, page + kPageSize);
  }
}

void AddressSpace::RemovePages(VirtAddr start, VirtAddr end) {
  constexpr size_t kBatch = 32;
  arch::Mapping batch[kBatch];
  for (VirtAddr at = start; at < end;) {
    VirtAddr batch_start = at;
    size_t count = 0;
    for (; at < end && count < kBatch; at += kPageSize) {
      if (!arch::Translate(root_, at, &batch[count])) continue;
      arch::UnmapPage(root_, at);
      count++;
    }
    if (count) FlushEverywhere(batch_start, at - batch_start);
    for (size_t i = 0; i < count; i++) ReleasePage(batch[i].frame, batch[i].protection);
  }
  arch::PruneTables(root_, start, end - start);
}

// 1. Borders, memory for what is replaced, new pages, a region: each may fail and leaves no trace.
// 2. The replacement, which cannot fail: tables and frames are there.
Result<VirtAddr> AddressSpace::MapLocked(VirtAddr start, size_t bytes, Protection protection) {
  VirtAddr end = start + bytes;
  bool accessible = protection != Protection::kNone;
  bool was_empty = regions_.IsFree(start, bytes);
  Error error = SplitAt(start);
  if (Ok(error)) error = SplitAt(end);
  if (!Ok(error)) return error;

  size_t replaced = 0;
  arch::Mapping old;
  for (VirtAddr page = start; !was_empty && page < end; page += kPageSize) {
    replaced += IsOldPage(page, &old);
  }
  PhysAddr chain = kNoFrame;
  if (replaced && accessible && (chain = AllocateChain(replaced)) == kNoFrame) {
    return Errno(ENOMEM);
  }
  if (accessible) error = FillHoles(start, end, protection);
  if (Ok(error) && was_empty) {
    error = SetRegion(start, bytes, protection);
    if (!Ok(error)) RemovePages(start, end);
  }
  if (!Ok(error)) {
    while (chain != kNoFrame) ReleaseFrame(TakeFromChain(chain));
    return error;
  }

  for (VirtAddr page = start; replaced && page < end; page += kPageSize) {
    if (!IsOldPage(page, &old)) continue;
    replaced--;
    arch::UnmapPage(root_, page);
    FlushEverywhere(page, kPageSize);
    ReleasePage(old.frame, old.protection);
    if (accessible) BASE_CHECK(MapHeld(root_, page, TakeFromChain(chain), protection));
  }
  BASE_CHECK(Ok(SetRegion(start, bytes, protection)));
  JoinAround(start, end);
  return start;
}

Result<VirtAddr> AddressSpace::Map(VirtAddr start, size_t bytes, Protection protection,
                                   bool fixed) {
  if (!bytes || PageUp(bytes) < bytes) return Errno(bytes ? ENOMEM : EINVAL);
  bytes = PageUp(bytes);
  sched::Guard guard(lock_);
  if (fixed) {
    if (start % kPageSize) return Errno(EINVAL);
    if (!InUserSpace(start, bytes)) return Errno(ENOMEM);
  } else if (!ChooseStart(start, bytes, &start)) {
    return Errno(ENOMEM);
  }
  return MapLocked(start, bytes, protection);
}

Result<VirtAddr> AddressSpace::MapCode(PhysAddr frame) {
  sched::Guard guard(lock_);
  VirtAddr start = 0;
  if (!ChooseStart(0, kPageSize, &start)) return Errno(ENOMEM);
  if (!MapHeld(root_, start, frame, Protection::kReadExecute)) return Errno(ENOMEM);
  RetainFrame(frame);
  Error error = SetRegion(start, kPageSize, Protection::kReadExecute);
  if (!Ok(error)) {
    RemovePages(start, start + kPageSize);
    return error;
  }
  JoinAround(start, start + kPageSize);
  return start;
}

Error AddressSpace::UnmapLocked(VirtAddr start, VirtAddr end) {
  Error error = SplitAt(start);
  if (Ok(error)) error = SplitAt(end);
  if (!Ok(error)) return error;
  for (;;) {
    RangeMap::Range* range = regions_.FirstEndingAbove(start);
    if (!range || range->start >= end) return Error::kOk;
    RemovePages(range->start, range->end());
    regions_.Remove(range);
  }
}

Error AddressSpace::Unmap(VirtAddr start, size_t bytes) {
  if (start % kPageSize || !bytes || PageUp(bytes) < bytes) return Errno(EINVAL);
  bytes = PageUp(bytes);
  if (start >= arch::UserEnd() || bytes > arch::UserEnd() - start) return Errno(EINVAL);
  sched::Guard guard(lock_);
  return UnmapLocked(start, start + bytes);
}

// A frame of its own for a page that shares one. The program sees no difference.
Error AddressSpace::MakeOwn(VirtAddr page) {
  arch::Mapping mapping;
  if (!arch::Translate(root_, page, &mapping) || FrameReferences(mapping.frame) == 1) {
    return Error::kOk;
  }
  PhysAddr copy = AllocateFramesUnzeroed(1);
  if (copy == kNoFrame) return Errno(ENOMEM);
  __builtin_memcpy(DirectMap(copy), DirectMap(mapping.frame), kPageSize);
  arch::UnmapPage(root_, page);
  FlushEverywhere(page, kPageSize);
  ReleasePage(mapping.frame, mapping.protection);
  BASE_CHECK(MapHeld(root_, page, copy, mapping.protection));
  return Error::kOk;
}

// What may fail of a change of protection: memory for a page that has none yet, and a copy of a
// shared one that becomes writable. The program sees no difference.
Error AddressSpace::PreparePage(VirtAddr page, Protection wanted) {
  arch::Mapping mapping;
  if (!arch::Translate(root_, page, &mapping)) {
    if (wanted == Protection::kNone) return Error::kOk;
    PhysAddr frame = AllocateFrame();
    if (frame == kNoFrame) return Errno(ENOMEM);
    if (MapHeld(root_, page, frame, Protection::kNone)) return Error::kOk;
    ReleaseFrame(frame);
    return Errno(ENOMEM);
  }
  return wanted == Protection::kReadWrite ? MakeOwn(page) : Error::kOk;
}

void AddressSpace::ApplyProtection(VirtAddr page, Protection wanted) {
  arch::Mapping mapping;
  if (!arch::Translate(root_, page, &mapping) || mapping.protection == wanted) return;
  if (wanted == Protection::kReadExecute) HoldExecutable(mapping.frame);
  arch::ProtectPage(root_, page, wanted);
  FlushEverywhere(page, kPageSize);
  if (mapping.protection == Protection::kReadExecute) ReleaseExecutable(mapping.frame);
}

Error AddressSpace::Protect(VirtAddr start, size_t bytes, Protection protection) {
  if (start % kPageSize || PageUp(bytes) < bytes) return Errno(EINVAL);
  bytes = PageUp(bytes);
  if (!bytes) return Error::kOk;
  if (!InUserSpace(start, bytes)) return Errno(ENOMEM);
  VirtAddr end = start + bytes;
  sched::Guard guard(lock_);
  if (!Covered(start, end)) return Errno(ENOMEM);
  Error error = SplitAt(start);
  if (Ok(error)) error = SplitAt(end);
  for (VirtAddr page = start; Ok(error) && page < end; page += kPageSize) {
    error = PreparePage(page, protection);
  }
  if (!Ok(error)) return error;
  for (VirtAddr page = start; page < end; page += kPageSize) ApplyProtection(page, protection);
  BASE_CHECK(Ok(SetRegion(start, bytes, protection)));
  JoinAround(start, end);
  return Error::kOk;
}

Error AddressSpace::Write(VirtAddr to, const void* from, size_t bytes) {
  sched::Guard guard(lock_);
  auto* source = static_cast<const char*>(from);
  while (bytes) {
    VirtAddr page = PageDown(to);
    arch::Mapping mapping;
    if (!InUserSpace(to, bytes) || !regions_.Containing(page)) return Errno(EFAULT);
    Error error = PreparePage(page, Protection::kReadWrite);
    if (!Ok(error)) return error;
    BASE_CHECK(arch::Translate(root_, page, &mapping));
    if (mapping.protection == Protection::kReadExecute) return Errno(EFAULT);
    size_t offset = to - page;
    size_t now = kPageSize - offset < bytes ? kPageSize - offset : bytes;
    __builtin_memcpy(static_cast<char*>(DirectMap(mapping.frame)) + offset, source, now);
    to += now;
    source += now;
    bytes -= now;
  }
  return Error::kOk;
}

Error AddressSpace::Read(void* to, VirtAddr from, size_t bytes) {
  sched::Guard guard(lock_);
  auto* target = static_cast<char*>(to);
  while (bytes) {
    VirtAddr page = PageDown(from);
    arch::Mapping mapping;
    if (!InUserSpace(from, bytes) || !arch::Translate(root_, page, &mapping)) {
      return Errno(EFAULT);
    }
    size_t offset = from - page;
    size_t now = kPageSize - offset < bytes ? kPageSize - offset : bytes;
    __builtin_memcpy(target, static_cast<char*>(DirectMap(mapping.frame)) + offset, now);
    from += now;
    target += now;
    bytes -= now;
  }
  return Error::kOk;
}

void AddressSpace::InitBreak(VirtAddr start) {
  sched::Guard guard(lock_);
  break_start_ = break_ = PageUp(start);
}

VirtAddr AddressSpace::SetBreak(VirtAddr wanted) {
  sched::Guard guard(lock_);
  if (wanted < break_start_ || wanted >= arch::UserEnd()) return break_;
  VirtAddr old_end = PageUp(break_);
  VirtAddr new_end = PageUp(wanted);
  if (new_end > old_end) {
    // A page stays free above, so that running over the end is noticed.
    if (!regions_.IsFree(old_end, new_end - old_end + kPageSize)) return break_;
    if (!MapLocked(old_end, new_end - old_end, Protection::kReadWrite).ok()) return break_;
  } else if (new_end < old_end) {
    if (!Ok(UnmapLocked(new_end, old_end))) return break_;
  }
  return break_ = wanted;
}

bool AddressSpace::NextRegion(VirtAddr from, Region* out) {
  sched::Guard guard(lock_);
  RangeMap::Range* range = regions_.FirstEndingAbove(from);
  if (!range) return false;
  *out = {static_cast<VirtAddr>(range->start), static_cast<size_t>(range->bytes),
          TagProtection(range->tag)};
  return true;
}

}  // namespace mm
