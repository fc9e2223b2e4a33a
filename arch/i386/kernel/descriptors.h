// SPDX-License-Identifier: BSD-2-Clause
//
// Descriptor tables: flat segments, the program's own for thread-local storage, a task segment for
// the kernel's stack and one for double faults, whose stack may be the fault; the vectors of traps,
// interrupt lines and system calls.
#pragma once

#include <cstdint>

#include "arch/i386/kernel/registers.h"
#include "kernel/mm/types.h"

namespace arch::x86 {

void LoadDescriptorTables();
// System calls come through a gate of these tables.
inline void InitSystemCalls() {}

// Where traps from user mode and system calls start.
void SetKernelEntryStack(uint32_t top);
// The page table for double faults: one with the kernel's half.
void UseKernelRoot(mm::PhysAddr root);

// Puts a program's descriptors into the global table.
void LoadTlsDescriptors(const uint64_t (&descriptors)[kTlsEntries]);

}  // namespace arch::x86
