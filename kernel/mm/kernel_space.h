// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's virtual address space outside the direct map and the kernel image: modules, kernel
// stacks, large heap blocks. Reserving addresses, backing them with frames and protecting them are
// three steps, because the linker does them at different times.
//
// A reservation lies anywhere in the kernel's arena; `near` is a preference (as close as possible
// to that address) with silent fallback; `exact` is for tests that place a module far away. A guard
// page that is never mapped follows every reservation.
//
// Locking: callable from threads with no spinlock held; may not sleep for long but may take the
// arena's lock. Not from interrupt handlers.
#pragma once

#include "kernel/base/result.h"
#include "kernel/mm/types.h"

namespace mm {

struct SpaceCounts {
  uint64_t bytes = 0;  // the whole arena
  uint64_t reserved_bytes = 0;
  uint64_t mapped_bytes = 0;
  uint64_t reservations = 0;
};

base::Result<VirtAddr> ReserveKernelSpace(size_t bytes, VirtAddr near);
// At that end of the arena which is farther from `from`, as close to it as there is room: for tests.
base::Result<VirtAddr> ReserveKernelSpaceFar(size_t bytes, VirtAddr from);
base::Result<VirtAddr> ReserveKernelSpaceAt(VirtAddr exact, size_t bytes);
// Addresses and sizes as reserved. Everything in it must have been unmapped.
void ReleaseKernelSpace(VirtAddr start, size_t bytes);

// Backs [start, start + bytes) with fresh zeroed frames, readable and writable. On ENOMEM nothing
// is mapped. Page-aligned, inside one reservation, not yet mapped.
base::Error MapKernel(VirtAddr start, size_t bytes);
// Changes the protection of mapped pages (all CPUs see it on return). To kReadExecute only from a
// non-writable or a writable state that this call itself ends: W^X over all aliases is kept by
// making the direct-map alias read-only before the page becomes executable.
void ProtectKernel(VirtAddr start, size_t bytes, Protection protection);
// Unmaps, flushes, and releases the frames.
void UnmapKernel(VirtAddr start, size_t bytes);

// Device registers, uncached; lives forever.
base::Result<void*> MapDevice(PhysAddr start, size_t bytes);

SpaceCounts CountKernelSpace();

// One complaint found by WalkPageTables.
struct AliasFault {
  PhysAddr frame;
  VirtAddr writable_at;
  VirtAddr executable_at;
};
// Walks every page table of the running system (the kernel's and every process's) and reports each
// frame that is executable in one mapping and writable in another, and each single mapping that is
// both. Returns the number of faults and fills `faults` with the first `capacity` of them. For
// tests and for panic: stops the world while it runs.
size_t WalkPageTables(AliasFault* faults, size_t capacity);

}  // namespace mm
