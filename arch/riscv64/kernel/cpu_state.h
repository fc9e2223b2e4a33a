// SPDX-License-Identifier: BSD-2-Clause
//
// What trap entry needs before it has a stack: sscratch points at it whatever mode the hart is in.
// The offsets are known to entry.S.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch::riscv64 {

struct CpuState {
  uint64_t saved_t0 = 0;
  uint64_t saved_sp = 0;
  uint64_t entry_stack = 0;  // where traps from user mode start
  uint64_t stack_low = 0;    // of the running thread; 0: the boot stack, bounds unknown
};
static_assert(offsetof(CpuState, entry_stack) == 16 && offsetof(CpuState, stack_low) == 24);

extern CpuState cpu_state;

}  // namespace arch::riscv64
