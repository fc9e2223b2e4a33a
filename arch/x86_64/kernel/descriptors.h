// SPDX-License-Identifier: BSD-2-Clause
//
// Descriptor tables: segments in the order SYSRET wants, one task segment with stacks for traps
// that cannot trust the current one (double fault, NMI, machine check), 48 trap vectors.
#pragma once

#include <cstdint>

namespace arch::x86_64 {

void LoadDescriptorTables();

// Where traps from user mode and system calls start.
void SetKernelEntryStack(uint64_t top);

}  // namespace arch::x86_64
