// SPDX-License-Identifier: BSD-2-Clause
//
// The platform-level interrupt controller (RISC-V PLIC specification 1.0): its sources are the lines.
#pragma once

namespace arch::riscv64 {

void MaskAllInterrupts();
// Handles what the controller has for this hart.
void HandleExternalInterrupt();

// The timer's interrupt, which is the hart's own; timer.cc.
void HandleTimerInterrupt();

}  // namespace arch::riscv64
