// SPDX-License-Identifier: BSD-2-Clause
//
// What a program does to see whether the kernel keeps its floating-point and vector registers.
#pragma once

#include <cstdint>

namespace arch {

// A system call that is made again and again. Its second argument is 0, and it looks at no other.
struct RepeatedCall {
  long number;
  long argument;
  long result;  // of the last one
};

// Gives every floating-point and vector register, and what a program may set of the registers that
// control them, a value made from `seed`; an odd seed's values differ from an even one's
// everywhere, in control registers too. Then waits until `*counter` is `until` or more, and
// meanwhile runs nothing that could change the registers: only looks, and before each look makes
// `call` unless that is null. Whether all were kept; with a call, all that Linux keeps in calls.
// Afterwards the registers are what they were before.
bool KeepVectorRegisters(const volatile long* counter, long until, unsigned long seed,
                         RepeatedCall* call);

// 64 bits for the part `index` of the registers.
constexpr uint64_t RegisterValue(unsigned long seed, unsigned index) {
  return (uint64_t{seed} << 32 | (index + 1)) * 0x9e3779b97f4a7c15;
}

}  // namespace arch
