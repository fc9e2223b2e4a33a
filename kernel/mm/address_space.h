// SPDX-License-Identifier: BSD-2-Clause
//
// A process's address space: a list of regions and a page table. Pages are present from Map on
// (nothing is demand-paged; only Protection::kNone takes no memory until it is made accessible),
// which keeps faults simple: a fault in user mode is the program's
// error, except for the guard-less growth of the stack, which is mapped in full at exec.
//
// W^X holds for users too: a Protection cannot be writable and executable; the system-call layer
// answers EACCES to whoever asks. Executable frames are fresh copies, never page-cache pages
// that something else can write.
//
// Locking: an address space is used by its one process; the functions take its own lock.
#pragma once

#include "kernel/base/result.h"
#include "kernel/mm/range_map.h"
#include "kernel/mm/range_nodes.h"
#include "kernel/mm/types.h"
#include "kernel/sched/sync.h"

namespace arch {
struct Mapping;
}

namespace mm {

class AddressSpace {
 public:
  static base::Result<AddressSpace*> Create();
  // Everything shared is shared by reference count (read-only and executable frames), everything
  // writable is copied now.
  base::Result<AddressSpace*> Fork();
  // The same, with random places of its own for the stack and further mappings: for a space that
  // holds nothing there yet.
  base::Result<AddressSpace*> ForkElsewhere();
  void Destroy();  // unmaps, releases frames and page tables; not while active

  // Makes it the current thread's; null = kernel only.
  static void Activate(AddressSpace* space);

  // Backs [start, start + bytes) with zeroed frames. With `fixed`, replaces what is there;
  // else `start` is a hint and the address chosen is returned.
  base::Result<VirtAddr> Map(VirtAddr start, size_t bytes, Protection protection, bool fixed);
  // Maps a frame of the caller's, readable and executable, at an address of its choice. The mapping
  // has a reference of its own.
  base::Result<VirtAddr> MapCode(PhysAddr frame);
  base::Error Unmap(VirtAddr start, size_t bytes);
  base::Error Protect(VirtAddr start, size_t bytes, Protection protection);
  // Writes through the direct map before pages become executable (exec, private file mappings).
  // Works whatever the user's protection is, except that the range must be mapped and must not be
  // executable.
  base::Error Write(VirtAddr to, const void* from, size_t bytes);
  base::Error Read(void* to, VirtAddr from, size_t bytes);

  // The data segment's break: SetBreak returns the resulting break, unchanged when it cannot.
  void InitBreak(VirtAddr start);
  VirtAddr SetBreak(VirtAddr wanted);

  // Lists regions in address order; returns false at the end. For /proc-like views and the walker.
  struct Region {
    VirtAddr start;
    size_t bytes;
    Protection protection;
  };
  // The lowest region that ends above `from`. Neighbours of equal protection may be listed apart.
  bool NextRegion(VirtAddr from, Region* out);

  // Where exec puts the end of the initial stack: random, with kStackRoom below it that Map leaves
  // alone unless asked for with `fixed`.
  VirtAddr StackTop() const { return stack_top_; }
  static constexpr size_t kStackRoom = size_t{16} << 20;

  PhysAddr root() const { return root_; }
  // Every address space, for WalkPageTables; the world is stopped.
  static AddressSpace* FirstSpace();
  AddressSpace* NextSpace() const { return next_; }

 private:
  AddressSpace() : regions_(kRangeNodes) {}
  ~AddressSpace() = default;

  bool ChooseStart(VirtAddr hint, size_t bytes, VirtAddr* out) const;
  bool Covered(VirtAddr start, VirtAddr end) const;
  base::Error SplitAt(VirtAddr address);
  base::Error SetRegion(VirtAddr start, size_t bytes, Protection protection);
  void JoinAround(VirtAddr start, VirtAddr end);
  base::Error FillHoles(VirtAddr start, VirtAddr end, Protection protection);
  bool IsOldPage(VirtAddr page, arch::Mapping* out) const;
  void RemoveNewPages(VirtAddr start, VirtAddr end);
  void RemovePages(VirtAddr start, VirtAddr end);
  base::Error UnmapLocked(VirtAddr start, VirtAddr end);
  base::Result<VirtAddr> MapLocked(VirtAddr start, size_t bytes, Protection protection);
  base::Error PreparePage(VirtAddr page, Protection wanted);
  void ApplyProtection(VirtAddr page, Protection wanted);
  base::Error MakeOwn(VirtAddr page);
  base::Error CopyAll(AddressSpace& to);
  base::Error CopyRegion(AddressSpace& to, const RangeMap::Range& range);

  sched::Mutex lock_;
  PhysAddr root_ = kNoFrame;
  RangeMap regions_;
  VirtAddr stack_top_ = 0;
  VirtAddr map_top_ = 0;
  VirtAddr break_start_ = 0;
  VirtAddr break_ = 0;
  AddressSpace* next_ = nullptr;
  AddressSpace* previous_ = nullptr;
};

// Copies between the kernel and the current process. EFAULT when a byte is not mapped for users,
// or not writable for CopyOut; never faults in the kernel.
base::Error CopyIn(void* to, VirtAddr from, size_t bytes);
base::Error CopyOut(VirtAddr to, const void* from, size_t bytes);
// Copies a NUL-terminated string of at most capacity - 1 characters. ENAMETOOLONG: it is longer, and
// its first `capacity` ones were copied; EFAULT.
base::Result<size_t> CopyInString(char* to, VirtAddr from, size_t capacity);

}  // namespace mm
