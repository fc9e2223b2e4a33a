// SPDX-License-Identifier: BSD-2-Clause
//
// The CPU as the kernel's generic rooms see it: interrupts, idling, counters, randomness, frames of
// the call chain, the end of the machine. Functions are defined in arch/<cpu>/kernel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/mm/types.h"

namespace arch {

// Takes the firmware's description of the machine (its address in the hand-off; 0: none), which the
// direct map shows, and remembers from it where console, interrupt controller and clocks are. Called
// once, before all others; no message can be shown yet.
void UseFirmware(mm::PhysAddr firmware);

// Puts this CPU into the state the kernel needs: descriptor tables, trap vectors, protection
// features (supervisor execution and access prevention, write protection), FPU off, interrupt
// controller masked. Interrupts are off before and after. Called once, after UseFirmware and
// InitConsole, before the rest.
void InitCpu();

// Turns interrupts off; returns whether they were on. Nests by giving the result to
// RestoreInterrupts.
bool DisableInterrupts();
void RestoreInterrupts(bool on);
bool InterruptsEnabled();

// Waits for an interrupt without a window in which one could be missed. Interrupts are off on
// entry and on on return.
void WaitForInterrupt();

// A free-running counter, cheap to read, never going back. Its rate is arch::CyclesPerSecond()
// (timer.h).
uint64_t CycleCount();

// 64 bits from the CPU's random generator; false when there is none or it does not answer.
[[nodiscard]] bool RandomWord(uint64_t* out);

// Ends the machine; `status` becomes the exit status of whoever started it.
[[noreturn]] void PowerOff(uint8_t status);
// Restarts the machine.
[[noreturn]] void Restart();

// Calls `visit` with code addresses of a call chain, innermost first: `ip` itself, then the return
// addresses found by walking frame pointers from `fp`, through trap frames up to user mode or the
// chain's end. Frames must lie in [stack_low, stack_high) (0, ~0 = anywhere mapped), every one
// above the last. Around a trap frame, where the interrupted function may not have built its frame
// yet, the words that can hold its return address are visited too: the walk may name an address
// too many, never one too few. `visit` returns false to end the walk.
using CodeVisitor = bool (*)(void* context, mm::VirtAddr code_address);
void WalkFrames(mm::VirtAddr ip, mm::VirtAddr fp, mm::VirtAddr stack_low, mm::VirtAddr stack_high,
                CodeVisitor visit, void* context);

// The caller's own frame, to start WalkFrames.
struct CallFrame {
  mm::VirtAddr ip;
  mm::VirtAddr fp;
};
CallFrame CurrentCallFrame();

}  // namespace arch
