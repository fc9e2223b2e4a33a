// SPDX-License-Identifier: BSD-2-Clause
//
// Physical memory in page frames. Every frame of RAM has a record with two counts:
//
//   references   how many owners it has (a frame shared by fork's copies has several);
//   executable   how many mappings execute it.
//
// All RAM is visible, never executable, at the direct map. While a frame's executable count is not
// zero its alias in the direct map is read-only (the direct map is split into small pages on
// demand), so no frame is executable in one mapping and writable in another. Whoever makes an
// executable mapping calls HoldExecutable first, which makes the frame's contents visible to
// instruction fetch, and ReleaseExecutable after the unmapping is flushed; mm's own mapping functions
// do so and nothing else should.
//
// Locking: all functions may be called with interrupts on or off and never sleep.
#pragma once

#include "kernel/mm/types.h"

namespace mm {

struct FrameCounts {
  uint64_t total = 0;       // frames of RAM the kernel manages
  uint64_t free = 0;        // of these, not allocated
  uint64_t executable = 0;  // of these, mapped executable somewhere
};

// `count` physically contiguous frames, zeroed, each with one reference. kNoFrame when there are
// none.
[[nodiscard]] PhysAddr AllocateFrames(size_t count);
inline PhysAddr AllocateFrame() { return AllocateFrames(1); }

// One more or one less reference to one frame; the last release frees it.
void RetainFrame(PhysAddr frame);
void ReleaseFrame(PhysAddr frame);
// Releases `count` contiguous frames.
void ReleaseFrames(PhysAddr first, size_t count);

// The kernel's read-write view of physical memory (read-only where it is executable elsewhere).
void* DirectMap(PhysAddr address);
// The inverse, for addresses inside the direct map only.
PhysAddr DirectMapPhys(const void* address);

// See above. The frame must not be mapped writable outside the direct map.
void HoldExecutable(PhysAddr frame);
void ReleaseExecutable(PhysAddr frame);

FrameCounts CountFrames();

// Fault injection, as FailAllocationAfter of heap.h: while armed (nth > 0) the nth next allocation
// of frames, and only that, finds none.
void FailFramesAfter(uint64_t nth);

}  // namespace mm
