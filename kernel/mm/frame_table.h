// SPDX-License-Identifier: BSD-2-Clause
//
// Frames as memory management itself and the CPU's page-table code see them, beyond frames.h.
#pragma once

#include <cstddef>

#include "kernel/mm/frames.h"
#include "kernel/mm/types.h"

namespace mm {

// Set by Init before anything else, so that page tables can be read. Before that nothing can be
// translated.
void SetDirectMap(VirtAddr start, size_t bytes);
bool DirectMapKnown();

// As AllocateFrames, contents whatever they were.
[[nodiscard]] PhysAddr AllocateFramesUnzeroed(size_t count);

// The reference count of an allocated frame. Page tables count their live entries with it.
uint32_t FrameReferences(PhysAddr frame);
// A page table that stays for ever, or whose entries nobody counted (the loader's).
void PinTable(PhysAddr frame);
// Frees a page table with all its entries' references. Pinned ones stay.
void FreeTable(PhysAddr frame);

// Whether the kernel manages this frame (RAM; device memory has no record).
bool IsManaged(PhysAddr frame);

// RAM handed over after Init: the boot archive, once unpacked. Whole pages of [base, base + bytes),
// of a range the hand-off names; nobody uses it any more.
void DonateFrames(PhysAddr base, size_t bytes);

// One past the highest managed frame.
PhysAddr FrameLimit();

}  // namespace mm
