// SPDX-License-Identifier: BSD-2-Clause
//
// Calls of the Supervisor Binary Interface (RISC-V SBI specification 1.0): the firmware below, which
// answers whatever the address translation is.
#pragma once

#include <cstdint>

namespace arch::riscv64 {

// The legacy extensions (chapter 5) have no function number and clobber only a0; every SBI 1.0
// firmware that has a console has them.
inline constexpr uint64_t kSbiLegacyPutChar = 1;

inline void SbiPutChar(char c) {
  register uint64_t a0 asm("a0") = static_cast<uint8_t>(c);
  register uint64_t a7 asm("a7") = kSbiLegacyPutChar;
  asm volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

}  // namespace arch::riscv64
