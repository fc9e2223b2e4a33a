// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "kernel/mm/frame_allocator.h"
#include "kernel/mm/types.h"

namespace mm {

FrameAllocator& Allocator();  // for Init only: one thread, no lock

// The root whose kernel half is the model of all others.
PhysAddr KernelRoot();
void SetKernelRoot(PhysAddr root);

}  // namespace mm
