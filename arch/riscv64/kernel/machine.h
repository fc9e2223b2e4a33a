// SPDX-License-Identifier: BSD-2-Clause
//
// What the device tree says that this kernel needs, as addresses in the direct map. 0: there is none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch::riscv64 {

struct Machine {
  // The ns16550-compatible UART that /chosen's stdout-path names, or the first there is.
  uintptr_t uart = 0;
  unsigned uart_shift = 0;  // "reg-shift"
  unsigned uart_line = 0;
  // The platform-level interrupt controller, and this hart's S-mode context of it.
  uintptr_t plic = 0;
  unsigned plic_context = 0;
  unsigned plic_lines = 0;  // one more than the highest
  uintptr_t finisher = 0;   // SiFive's test finisher
  uintptr_t clock = 0;      // goldfish's real-time clock
  uint64_t ticks_per_second = 0;
  uint64_t capabilities = 0;  // AT_HWCAP: bit n is the extension of the n-th letter
};

const Machine& TheMachine();

}  // namespace arch::riscv64
