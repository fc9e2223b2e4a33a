// SPDX-License-Identifier: BSD-2-Clause
//
// PLT entries: SPARC Compliance Definition 2.4.1, "Procedure Linkage Table (64-bit)". An entry is
// code, and a JMP_SLOT says where it must go.
//
// The first 32768 entries (.PLT0 to .PLT32767) are of 32 bytes each, and become one of these, P being
// the entry and T the target; they may change %g1 and %g5:
//
//   ba,a T                                    within 8 MiB
//   mov %o7, %g1; call T; mov %g1, %o7        within 2 GiB
//   sethi %hh(T), %g1; sethi %lm(T), %g5; or %g1, %hm(T), %g1; or %g5, %lo(T), %g5;
//   sllx %g1, 32, %g1; jmpl %g1 + %g5, %g0; nop     anywhere
//
// Entries behind them are never changed: they load a pointer, which is the place of the relocation,
// and jump to it plus the address of their second instruction. The relocation's addend is the
// negative of the latter, which tells such places from entries.

#pragma once

#include <cstdint>

namespace arch::sparc64 {

template <class Context>
[[nodiscard]] constexpr bool StoreWords(Context& context, const uint32_t* words, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    if (!context.Store(context.place + 4 * i, 4, words[i])) return false;
  }
  return true;
}

// Whether a displacement in bytes fits so many bits, signed.
[[nodiscard]] constexpr bool Reaches(uint64_t displacement, unsigned bits) {
  const uint64_t half = uint64_t{1} << (bits - 1);
  return displacement + half < 2 * half;
}

template <class Context>
[[nodiscard]] constexpr bool StorePltEntry(Context& context) {
  const uint64_t target = context.target;
  if (context.addend != 0) {
    return context.Store(context.place, 8, target + context.addend - context.bias);
  }
  const uint64_t from = target - (context.place + context.bias);
  if (Reaches(from, 24)) {
    const uint32_t branch[] = {0x30800000 | static_cast<uint32_t>(from >> 2 & 0x3fffff)};
    return StoreWords(context, branch, 1);
  }
  const uint64_t from_call = from - 4;
  if (Reaches(from_call, 32)) {
    const uint32_t call[] = {
        0x8210000f, 0x40000000 | static_cast<uint32_t>(from_call >> 2 & 0x3fffffff), 0x9e100001};
    return StoreWords(context, call, 3);
  }
  const uint32_t jump[] = {0x03000000 | static_cast<uint32_t>(target >> 42),
                           0x0b000000 | static_cast<uint32_t>(target >> 10 & 0x3fffff),
                           0x82106000 | static_cast<uint32_t>(target >> 32 & 0x3ff),
                           0x8a116000 | static_cast<uint32_t>(target & 0x3ff),
                           0x83287020,
                           0x81c04005,
                           0x01000000};
  return StoreWords(context, jump, 7);
}

}  // namespace arch::sparc64
