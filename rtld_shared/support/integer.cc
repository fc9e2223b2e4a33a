// SPDX-License-Identifier: BSD-2-Clause
//
// The integer helpers of libgcc that compilers call for CPUs without the instruction: 64-bit
// division on 32-bit CPUs, zero counting, byte swapping. Hidden, so that freestanding objects need
// no libgcc. Names and types are libgcc's ("Routines for integer arithmetic"); DI is 64 bits, SI
// is 32.

#include "rtld_shared/support/integer.h"

#define RTLD_HELPER extern "C" [[gnu::visibility("hidden"), gnu::used]]

RTLD_HELPER uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) {
  return support::Divide(dividend, divisor).quotient;
}

RTLD_HELPER uint64_t __umoddi3(uint64_t dividend, uint64_t divisor) {
  return support::Divide(dividend, divisor).remainder;
}

RTLD_HELPER uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t* remainder) {
  const support::Division result = support::Divide(dividend, divisor);
  if (remainder != nullptr) *remainder = result.remainder;
  return result.quotient;
}

RTLD_HELPER int64_t __divdi3(int64_t dividend, int64_t divisor) {
  const uint64_t a =
      dividend < 0 ? 0 - static_cast<uint64_t>(dividend) : static_cast<uint64_t>(dividend);
  const uint64_t b =
      divisor < 0 ? 0 - static_cast<uint64_t>(divisor) : static_cast<uint64_t>(divisor);
  const uint64_t quotient = support::Divide(a, b).quotient;
  return static_cast<int64_t>((dividend < 0) != (divisor < 0) ? 0 - quotient : quotient);
}

RTLD_HELPER int64_t __moddi3(int64_t dividend, int64_t divisor) {
  const uint64_t a =
      dividend < 0 ? 0 - static_cast<uint64_t>(dividend) : static_cast<uint64_t>(dividend);
  const uint64_t b =
      divisor < 0 ? 0 - static_cast<uint64_t>(divisor) : static_cast<uint64_t>(divisor);
  const uint64_t remainder = support::Divide(a, b).remainder;
  return static_cast<int64_t>(dividend < 0 ? 0 - remainder : remainder);
}

RTLD_HELPER int __ctzsi2(uint32_t value) { return support::TrailingZeros(value); }
RTLD_HELPER int __ctzdi2(uint64_t value) { return support::TrailingZeros64(value); }
RTLD_HELPER int __clzsi2(uint32_t value) { return support::LeadingZeros(value); }
RTLD_HELPER int __clzdi2(uint64_t value) { return support::LeadingZeros64(value); }
RTLD_HELPER int __ffsdi2(uint64_t value) {
  return value == 0 ? 0 : support::TrailingZeros64(value) + 1;
}

RTLD_HELPER uint32_t __bswapsi2(uint32_t value) { return support::SwapBytes(value); }
RTLD_HELPER uint64_t __bswapdi2(uint64_t value) { return support::SwapBytes64(value); }
