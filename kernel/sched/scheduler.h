// SPDX-License-Identifier: BSD-2-Clause
//
// The scheduler as boot code and the CPU's trap code see it.
#pragma once

#include "kernel/mm/types.h"

namespace sched {

// The running code becomes the idle thread. Memory management must be there; interrupts are off.
void Init();
// Starts the clock tick. Interrupts are off; the first tick comes once they are on.
void StartTicking();
// What the boot code does when it has started the first thread.
[[noreturn]] void RunIdle();

// At the end of every interrupt, with interrupts off: runs another thread if it is due.
void PreemptFromInterrupt();

// Whether `address` lies in the guard page of the running thread's stack.
bool IsStackGuard(mm::VirtAddr address);

}  // namespace sched
