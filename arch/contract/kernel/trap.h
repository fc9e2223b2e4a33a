// SPDX-License-Identifier: BSD-2-Clause
//
// Device interrupts. A line is the interrupt controller's own number. Handlers run on the
// interrupted thread's stack with interrupts off; they are short, take spin locks and wake threads,
// never sleep or allocate.
//
// A trap in kernel mode is a panic with the registers and the image that the code belongs to; one for
// an instruction that needs the FPU says "FPU or vector instruction in kernel mode at ...". Traps
// in user mode go to proc::OnUserFault (user.h).
#pragma once

namespace arch {

using InterruptHandler = void (*)(void* context);

// Installs the handler of a line and unmasks it. One handler per line; a second is a panic.
void SetInterruptHandler(unsigned line, InterruptHandler handler, void* context);
// Masks the line; its handler does not run any more on return.
void RemoveInterruptHandler(unsigned line);
unsigned InterruptLines();

}  // namespace arch
