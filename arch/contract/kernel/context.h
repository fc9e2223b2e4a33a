// SPDX-License-Identifier: BSD-2-Clause
//
// What of a thread the CPU owns while the thread does not run: its kernel stack pointer and the
// state of user mode that trap entry does not save (thread pointer, FPU and vector registers; the
// latter in an area at the top of the kernel stack).
#pragma once

#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "kernel/mm/types.h"

namespace arch {

struct Context {
  mm::VirtAddr stack_pointer = 0;  // valid while the thread does not run
  mm::VirtAddr stack_low = 0;      // 0: the boot stack, bounds unknown
  mm::VirtAddr stack_high = 0;
  mm::VirtAddr kernel_entry_stack = 0;  // where traps from user mode start
  void* vector_state = nullptr;
  bool user = false;  // has been in user mode: switch user state too
  uint64_t thread_pointer = 0;
  uint64_t second_pointer = 0;  // a CPU with two user base registers keeps the other here
};

// Makes `context` start at `entry`, on the stack [low, high), at the first switch to it. `entry`
// runs with interrupts off and never returns.
void PrepareContext(Context& context, mm::VirtAddr low, mm::VirtAddr high, void (*entry)());

// Interrupts are off. Returns when something switches back to `from`.
void SwitchContext(Context& from, Context& to);

// Where a thread that does not run will resume: to start WalkFrames.
CallFrame SavedCallFrame(const Context& context);

// The state of `context` becomes this CPU's view of the running thread (the boot thread's, which
// was never switched to).
void AdoptContext(Context& context);

}  // namespace arch
