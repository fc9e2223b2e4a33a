// SPDX-License-Identifier: BSD-2-Clause
//
// What is told to the few instructions that run while the registers hold the values of a test.
#pragma once

#include "arch/contract/user/vector_registers.h"

namespace arch::x86 {

// As XSAVE stores it, or FXSAVE; more than the state components up to AVX-512's have.
struct alignas(64) StateArea {
  uint8_t bytes[2816];
};

// Known to the code below.
struct Hold {
  StateArea before, values, kept;
  long components;  // for XSAVE, 0 for FXSAVE
  long calls;       // 0: none
  RepeatedCall call;
  long until;
};

// Stores the registers into `before`, loads `values`, waits as KeepVectorRegisters() says, stores
// into `kept` and loads `before`. All in one piece of code of a CPU's own, so that the compiler has
// no chance to use a register in between.
void HoldRegisters(Hold& hold, const volatile long* counter);

}  // namespace arch::x86

// XSAVE or XRSTOR, or the older instruction, of the area `member`. Changes EAX and EDX.
#define DYNLINK_STATE(extended, plain, member)              \
  "mov %c[components](%[hold]), %%eax\n xor %%edx, %%edx\n" \
  "test %%eax, %%eax\n jz 8f\n" extended " %c[" member      \
  "](%[hold])\n jmp 9f\n"                                   \
  "8: " plain " %c[" member                                 \
  "](%[hold])\n"                                            \
  "9:\n"

// The code, with `wait` while the values are in the registers. It knows what to do of Hold.
#define DYNLINK_HOLD(wait)                     \
  DYNLINK_STATE("xsave", "fxsave", "before")   \
  DYNLINK_STATE("xrstor", "fxrstor", "values") \
  wait DYNLINK_STATE("xsave", "fxsave", "kept") DYNLINK_STATE("xrstor", "fxrstor", "before")

#define DYNLINK_HOLD_OFFSETS                                                                    \
  [before] "i"(offsetof(Hold, before)), [values] "i"(offsetof(Hold, values)),                   \
      [kept] "i"(offsetof(Hold, kept)), [components] "i"(offsetof(Hold, components)),           \
      [calls] "i"(offsetof(Hold, calls)), [number] "i"(offsetof(Hold, call.number)),            \
      [argument] "i"(offsetof(Hold, call.argument)), [result] "i"(offsetof(Hold, call.result)), \
      [until] "i"(offsetof(Hold, until))
