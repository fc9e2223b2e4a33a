// SPDX-License-Identifier: BSD-2-Clause
//
// The arithmetic behind the compiler helpers of integer.cc, as constexpr functions with names of
// their own, so that tests on a host can call them beside the host's own helpers. None of them uses
// an operation that a compiler could turn into a call of the helper it implements.

#pragma once

#include <cstdint>

namespace support {

// Undefined for 0, like the instruction.
[[nodiscard]] constexpr int TrailingZeros(uint32_t value) {
  int count = 0;
  if ((value & 0xffff) == 0) count += 16, value >>= 16;
  if ((value & 0xff) == 0) count += 8, value >>= 8;
  if ((value & 0xf) == 0) count += 4, value >>= 4;
  if ((value & 3) == 0) count += 2, value >>= 2;
  return count + static_cast<int>(~value & 1);
}
[[nodiscard]] constexpr int LeadingZeros(uint32_t value) {
  int count = 0;
  if ((value & 0xffff0000) == 0) count += 16, value <<= 16;
  if ((value & 0xff000000) == 0) count += 8, value <<= 8;
  if ((value & 0xf0000000) == 0) count += 4, value <<= 4;
  if ((value & 0xc0000000) == 0) count += 2, value <<= 2;
  return count + static_cast<int>((value >> 31) ^ 1);
}
[[nodiscard]] constexpr uint32_t LowHalf(uint64_t value) { return static_cast<uint32_t>(value); }
[[nodiscard]] constexpr uint32_t HighHalf(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}
[[nodiscard]] constexpr int TrailingZeros64(uint64_t value) {
  return LowHalf(value) != 0 ? TrailingZeros(LowHalf(value)) : 32 + TrailingZeros(HighHalf(value));
}
[[nodiscard]] constexpr int LeadingZeros64(uint64_t value) {
  return HighHalf(value) != 0 ? LeadingZeros(HighHalf(value)) : 32 + LeadingZeros(LowHalf(value));
}

[[nodiscard]] constexpr uint32_t SwapBytes(uint32_t value) {
  value = (value & 0x00ff00ff) << 8 | ((value >> 8) & 0x00ff00ff);
  return value << 16 | value >> 16;
}
[[nodiscard]] constexpr uint64_t SwapBytes64(uint64_t value) {
  return static_cast<uint64_t>(SwapBytes(LowHalf(value))) << 32 | SwapBytes(HighHalf(value));
}

struct Division {
  uint64_t quotient;
  uint64_t remainder;
};

// Shift and subtract, one step for each bit of the quotient. Division by zero gives all ones and the
// dividend: whoever divides by zero in C++ has undefined behaviour already.
[[nodiscard]] constexpr Division Divide(uint64_t dividend, uint64_t divisor) {
  if (divisor == 0) return {~uint64_t{0}, dividend};
  if (dividend < divisor) return {0, dividend};
  uint64_t quotient = 0;
  const int steps = LeadingZeros64(divisor) - LeadingZeros64(dividend);
  divisor <<= steps;
  for (int step = 0; step <= steps; ++step) {
    quotient <<= 1;
    if (dividend >= divisor) {
      dividend -= divisor;
      quotient |= 1;
    }
    divisor >>= 1;
  }
  return {quotient, dividend};
}

}  // namespace support
