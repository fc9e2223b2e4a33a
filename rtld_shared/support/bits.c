// SPDX-License-Identifier: BSD-2-Clause
//
// Bit operations that libgcc has for CPUs without an instruction (GCC internals, "Integer library
// routines"). Hidden.
#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int __popcountdi2(int64_t value);
HIDDEN int __popcountsi2(int32_t value);

// Sums of ever wider fields: Hacker's Delight, 5-1.
HIDDEN int __popcountdi2(int64_t value) {
  uint64_t v = (uint64_t)value;
  v -= v >> 1 & 0x5555555555555555;
  v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
  v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return (int)(v * 0x0101010101010101 >> 56);
}

HIDDEN int __popcountsi2(int32_t value) { return __popcountdi2((int64_t)(uint32_t)value); }
