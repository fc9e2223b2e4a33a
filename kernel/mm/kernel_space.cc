// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/kernel_space.h"

#include <atomic>

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/panic.h"
#include "kernel/base/random.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/frames_internal.h"
#include "kernel/mm/kernel_space_internal.h"
#include "kernel/mm/range_map.h"
#include "kernel/mm/range_nodes.h"
#include "kernel/mm/shootdown.h"
#include "kernel/sched/sync.h"

namespace mm {
namespace {

using base::Errno;
using base::Error;
constexpr size_t kGuardBytes = kPageSize;
constexpr int kRandomTries = 32;
// How far from `near` a place still counts as near: what a CPU's direct calls commonly reach, with
// room for the images at both ends.
constexpr uint64_t kNearWindow = uint64_t{1} << 30;

constinit RangeMap reservations(kRangeNodes);
constinit sched::SpinLock reservations_lock;
constinit std::atomic<uint64_t> reserved_bytes{0};
constinit std::atomic<uint64_t> mapped_bytes{0};

// Serialises changes of the kernel's half of the page tables.
constinit sched::SpinLock tables_lock;

bool InArena(VirtAddr start, size_t bytes) {
  return start >= arch::KernelArenaStart() && start < arch::KernelArenaEnd() &&
         bytes <= arch::KernelArenaEnd() - start;
}

// A random free place in [low, high), page-aligned; random tries find one unless most of the
// window is taken, then the highest gap is.
bool ChoosePlace(uint64_t low, uint64_t high, size_t bytes, uint64_t* out) {
  if (high < low || high - low < bytes) return false;
  uint64_t places = ((high - low - bytes) >> kPageShift) + 1;
  for (int i = 0; i < kRandomTries; i++) {
    uint64_t start = low + (base::PlacementRandom() % places << kPageShift);
    if (!reservations.IsFree(start, bytes)) continue;
    *out = start;
    return true;
  }
  return reservations.HighestGap(low, high, bytes, out);
}

base::Result<VirtAddr> Take(uint64_t start, size_t bytes) {
  if (!reservations.Insert(start, bytes + kGuardBytes, 0)) return Errno(ENOMEM);
  reserved_bytes += bytes;
  return static_cast<VirtAddr>(start);
}

// Takes one page away; the translation must still be flushed everywhere.
struct Unmapped {
  PhysAddr frame;
  bool executable;
};

Unmapped TakePage(VirtAddr address) {
  sched::Guard guard(tables_lock);
  arch::Mapping mapping;
  if (!arch::Translate(KernelRoot(), address, &mapping)) return {kNoFrame, false};
  bool executable = mapping.protection == Protection::kReadExecute;
  return {arch::UnmapPage(KernelRoot(), address), executable};
}

void ProtectPage(VirtAddr address, Protection protection) {
  arch::Mapping mapping;
  PhysAddr root = KernelRoot();
  {
    sched::Guard guard(tables_lock);
    if (!arch::Translate(root, address, &mapping)) {
      base::Panic("protecting %#lx, which is not mapped", static_cast<unsigned long>(address));
    }
  }
  if (mapping.protection == protection) return;
  bool was_executable = mapping.protection == Protection::kReadExecute;
  // 1. The alias stops being writable before the page becomes executable.
  if (protection == Protection::kReadExecute) HoldExecutable(mapping.frame);
  // 2. One store ends the old protection and begins the new one.
  {
    sched::Guard guard(tables_lock);
    arch::ProtectPage(root, address, protection);
  }
  FlushEverywhere(address, kPageSize);
  // 3. The alias becomes writable when no CPU executes the page any more.
  if (was_executable) ReleaseExecutable(mapping.frame);
}

}  // namespace

base::Result<VirtAddr> ReserveKernelSpace(size_t bytes, VirtAddr near) {
  if (!bytes || bytes > arch::KernelArenaEnd() - arch::KernelArenaStart()) return Errno(ENOMEM);
  bytes = PageUp(bytes);
  near = PageDown(near);
  size_t with_guard = bytes + kGuardBytes;
  VirtAddr low = arch::KernelArenaStart();
  VirtAddr high = arch::KernelArenaEnd();
  uint64_t start;

  sched::Guard guard(reservations_lock);
  if (InArena(near, 0)) {
    VirtAddr near_low = near - low > kNearWindow ? near - kNearWindow : low;
    VirtAddr near_high = high - near > kNearWindow ? near + kNearWindow : high;
    if (ChoosePlace(near_low, near_high, with_guard, &start)) return Take(start, bytes);
  }
  if (!ChoosePlace(low, high, with_guard, &start)) return Errno(ENOMEM);
  return Take(start, bytes);
}

base::Result<VirtAddr> ReserveKernelSpaceFar(size_t bytes, VirtAddr from) {
  const VirtAddr low = arch::KernelArenaStart();
  const VirtAddr high = arch::KernelArenaEnd();
  if (!bytes || bytes > high - low || !InArena(from, 0)) return Errno(EINVAL);
  bytes = PageUp(bytes);
  uint64_t start;
  sched::Guard guard(reservations_lock);
  const bool found = from - low > high - from
                         ? reservations.LowestGap(low, high, bytes + kGuardBytes, &start)
                         : reservations.HighestGap(low, high, bytes + kGuardBytes, &start);
  if (!found) return Errno(ENOMEM);
  return Take(start, bytes);
}

base::Result<VirtAddr> ReserveKernelSpaceAt(VirtAddr exact, size_t bytes) {
  bytes = PageUp(bytes);
  if (!bytes || exact % kPageSize || !InArena(exact, bytes)) return Errno(EINVAL);
  sched::Guard guard(reservations_lock);
  if (!reservations.IsFree(exact, bytes + kGuardBytes)) return Errno(EEXIST);
  return Take(exact, bytes);
}

void ReleaseKernelSpace(VirtAddr start, size_t bytes) {
  bytes = PageUp(bytes);
  {
    sched::Guard guard(reservations_lock);
    RangeMap::Range* range = reservations.Containing(start);
    if (!range || range->start != start || range->bytes != bytes + kGuardBytes) {
      base::Panic("releasing [%#lx, +%#zx), which is no reservation",
                  static_cast<unsigned long>(start), bytes);
    }
    reservations.Remove(range);
    reserved_bytes -= bytes;
  }
  sched::Guard guard(tables_lock);
  arch::PruneTables(KernelRoot(), start, bytes);
}

void AdoptMapped(size_t bytes) { mapped_bytes += bytes; }

base::Error MapKernelPages(VirtAddr start, size_t bytes, bool zeroed) {
  for (size_t done = 0; done < bytes; done += kPageSize) {
    PhysAddr frame = zeroed ? AllocateFrame() : AllocateFramesUnzeroed(1);
    bool mapped = false;
    if (frame != kNoFrame) {
      sched::Guard guard(tables_lock);
      mapped = arch::MapPage(KernelRoot(), start + done, frame, Protection::kReadWrite,
                             arch::Use::kKernel);
    }
    if (mapped) {
      mapped_bytes += kPageSize;
      continue;
    }
    if (frame != kNoFrame) ReleaseFrame(frame);
    UnmapKernel(start, done);
    return Errno(ENOMEM);
  }
  return Error::kOk;
}

Error MapKernel(VirtAddr start, size_t bytes) {
  BASE_CHECK(start % kPageSize == 0);
  return MapKernelPages(start, PageUp(bytes), true);
}

void ProtectKernel(VirtAddr start, size_t bytes, Protection protection) {
  for (VirtAddr at = PageDown(start); at < start + bytes; at += kPageSize) {
    ProtectPage(at, protection);
  }
}

void UnmapKernel(VirtAddr start, size_t bytes) {
  constexpr size_t kBatch = 32;
  Unmapped batch[kBatch];
  VirtAddr end = start + PageUp(bytes);
  for (VirtAddr at = start; at < end;) {
    VirtAddr batch_start = at;
    size_t count = 0;
    for (; at < end && count < kBatch; at += kPageSize) batch[count++] = TakePage(at);
    FlushEverywhere(batch_start, at - batch_start);
    for (size_t i = 0; i < count; i++) {
      if (batch[i].frame == kNoFrame) continue;
      if (batch[i].executable) ReleaseExecutable(batch[i].frame);
      ReleaseFrame(batch[i].frame);
      mapped_bytes -= kPageSize;
    }
  }
}

base::Result<void*> MapDevice(PhysAddr start, size_t bytes) {
  PhysAddr first = PageDown(start);
  size_t span = PageUp(start + bytes) - first;
  auto space = ReserveKernelSpace(span, 0);
  if (!space.ok()) return space.error();
  for (size_t done = 0; done < span; done += kPageSize) {
    bool mapped;
    {
      sched::Guard guard(tables_lock);
      mapped = arch::MapPage(KernelRoot(), space.value() + done, first + done,
                             Protection::kReadWrite, arch::Use::kDevice);
    }
    if (mapped) continue;
    for (size_t undo = 0; undo < done; undo += kPageSize) TakePage(space.value() + undo);
    FlushEverywhere(space.value(), span);
    ReleaseKernelSpace(space.value(), span);
    return Errno(ENOMEM);
  }
  return reinterpret_cast<void*>(space.value() + (start - first));
}

SpaceCounts CountKernelSpace() {
  sched::Guard guard(reservations_lock);
  return {arch::KernelArenaEnd() - arch::KernelArenaStart(), reserved_bytes, mapped_bytes,
          reservations.count()};
}

}  // namespace mm
