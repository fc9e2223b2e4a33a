// SPDX-License-Identifier: BSD-2-Clause
//
// Interrupts and exceptions. Frames, registers and system calls are the CPU's.
#pragma once

#include "arch/contract/kernel/trap.h"
#include "arch/current/kernel/trap_frame.h"
#include "kernel/mm/types.h"

namespace arch::x86 {

// Anything but a system call. Interrupts are off on entry and on return.
void HandleTrap(TrapFrame& frame);

// The CPU's. All registers, for a panic; `frame` is a TrapFrame.
void PrintRegisters(const void* frame);
// The CPU's. Interrupts are on before and off after.
void ReturnToUser(TrapFrame& frame);
// The CPU's. Whether a call from trap entry returns to `place`: below that frame is a TrapFrame.
bool IsTrapReturn(mm::VirtAddr place);

}  // namespace arch::x86
