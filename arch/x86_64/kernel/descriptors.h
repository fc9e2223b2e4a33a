// SPDX-License-Identifier: BSD-2-Clause
//
// Descriptor tables: segments in the order SYSRET wants, one task segment with stacks for traps
// that cannot trust the current one (double fault, NMI, machine check), 48 trap vectors.
#pragma once

#include <cstdint>

#include "kernel/mm/types.h"

namespace arch::x86 {

void LoadDescriptorTables();
// SYSCALL, once the CPU's features are known.
void InitSystemCalls();

// Where traps from user mode and system calls start.
void SetKernelEntryStack(uint64_t top);
// Nothing here depends on the page table.
inline void UseKernelRoot(mm::PhysAddr) {}

}  // namespace arch::x86
