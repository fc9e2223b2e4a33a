// SPDX-License-Identifier: BSD-2-Clause
//
// Relocations of parts of instructions: SPARC Compliance Definition 2.4.1, "Relocation Types". Position
// independent images have none; they are what is left of code that was not compiled so (text
// relocations), and what data may have that holds instructions.
//
// V- fields of the psABI are verified, T- fields are truncated to what the formula leaves.

#pragma once

#include <cstdint>

#include "arch/contract/elf_arch.h"

namespace arch::sparc64 {

// value = ((S + A [- P]) ^ flip >> shift) & keep | set, into the lowest `bits` bits of a word; of a
// field in two parts the upper bits stand at `upper_at`, the lower `lower_bits` at `lower_at`.
struct SplitField {
  uint8_t bits = 0;  // 0: the type is not one of these
  uint8_t shift = 0;
  Check check = Check::kNone;
  bool pc_relative = false;
  bool extra = false;  // + O, the upper 24 bits of the type in r_info
  uint64_t flip = 0;
  uint64_t keep = ~uint64_t{0};
  uint64_t set = 0;
  uint8_t upper_at = 0;
  uint8_t lower_bits = 0;
  uint8_t lower_at = 0;
};

[[nodiscard]] constexpr SplitField SplitFieldOf(uint32_t type) {
  constexpr Check kSigned = Check::kSigned, kUnsigned = Check::kUnsigned, kNone = Check::kNone;
  switch (type) {
    case 7:  // R_SPARC_WDISP30: V-disp30 (S + A - P) >> 2
      return {.bits = 30, .shift = 2, .check = kSigned, .pc_relative = true};
    case 8:  // R_SPARC_WDISP22: V-disp22 (S + A - P) >> 2
      return {.bits = 22, .shift = 2, .check = kSigned, .pc_relative = true};
    case 9:  // R_SPARC_HI22: V-imm22 (S + A) >> 10
      return {.bits = 22, .shift = 10, .check = kUnsigned};
    case 10:  // R_SPARC_22: V-imm22 S + A
      return {.bits = 22, .check = Check::kEither};
    case 11:  // R_SPARC_13: V-simm13 S + A
      return {.bits = 13, .check = kSigned};
    case 12:  // R_SPARC_LO10: T-simm13 (S + A) & 0x3ff
      return {.bits = 13, .keep = 0x3ff};
    case 16:  // R_SPARC_PC10: T-simm13 (S + A - P) & 0x3ff
      return {.bits = 13, .pc_relative = true, .keep = 0x3ff};
    case 17:  // R_SPARC_PC22: V-disp22 (S + A - P) >> 10
      return {.bits = 22, .shift = 10, .check = kSigned, .pc_relative = true};
    case 30:  // R_SPARC_10: V-simm10 S + A
      return {.bits = 10, .check = kSigned};
    case 31:  // R_SPARC_11: V-simm11 S + A
      return {.bits = 11, .check = kSigned};
    case 33:  // R_SPARC_OLO10: V-simm13 ((S + A) & 0x3ff) + O
      return {.bits = 13, .check = kSigned, .extra = true, .keep = 0x3ff};
    case 34:  // R_SPARC_HH22: V-imm22 (S + A) >> 42
      return {.bits = 22, .shift = 42, .check = kUnsigned};
    case 35:  // R_SPARC_HM10: T-simm13 ((S + A) >> 32) & 0x3ff
      return {.bits = 13, .shift = 32, .keep = 0x3ff};
    case 36:  // R_SPARC_LM22: T-imm22 (S + A) >> 10
      return {.bits = 22, .shift = 10};
    case 37:  // R_SPARC_PC_HH22: V-imm22 (S + A - P) >> 42
      return {.bits = 22, .shift = 42, .check = kUnsigned, .pc_relative = true};
    case 38:  // R_SPARC_PC_HM10: T-simm13 ((S + A - P) >> 32) & 0x3ff
      return {.bits = 13, .shift = 32, .pc_relative = true, .keep = 0x3ff};
    case 39:  // R_SPARC_PC_LM22: T-imm22 (S + A - P) >> 10
      return {.bits = 22, .shift = 10, .pc_relative = true};
    case 40:  // R_SPARC_WDISP16: V-d2/disp14 (S + A - P) >> 2
      return {.bits = 16,
              .shift = 2,
              .check = kSigned,
              .pc_relative = true,
              .upper_at = 20,
              .lower_bits = 14};
    case 41:  // R_SPARC_WDISP19: V-disp19 (S + A - P) >> 2
      return {.bits = 19, .shift = 2, .check = kSigned, .pc_relative = true};
    case 43:  // R_SPARC_7: V-imm7 S + A
      return {.bits = 7, .check = kUnsigned};
    case 44:  // R_SPARC_5: V-imm5 S + A
      return {.bits = 5, .check = kUnsigned};
    case 45:  // R_SPARC_6: V-imm6 S + A
      return {.bits = 6, .check = kUnsigned};
    case 48:  // R_SPARC_HIX22: V-imm22 ((S + A) ^ 0xffffffffffffffff) >> 10
      return {.bits = 22, .shift = 10, .check = kUnsigned, .flip = ~uint64_t{0}};
    case 49:  // R_SPARC_LOX10: T-simm13 ((S + A) & 0x3ff) | 0x1c00
      return {.bits = 13, .keep = 0x3ff, .set = 0x1c00};
    case 50:  // R_SPARC_H44: V-imm22 (S + A) >> 22
      return {.bits = 22, .shift = 22, .check = kUnsigned};
    case 51:  // R_SPARC_M44: T-imm10 ((S + A) >> 12) & 0x3ff
      return {.bits = 10, .shift = 12, .keep = 0x3ff};
    case 52:  // R_SPARC_L44: T-imm13 (S + A) & 0xfff
      return {.bits = 13, .keep = 0xfff};
    case 85:  // R_SPARC_H34: V-imm22 (S + A) >> 12
      return {.bits = 22, .shift = 12, .check = kUnsigned};
    case 88:  // R_SPARC_WDISP10: V-d2/disp8 (S + A - P) >> 2
      return {.bits = 10,
              .shift = 2,
              .check = kSigned,
              .pc_relative = true,
              .upper_at = 19,
              .lower_bits = 8,
              .lower_at = 5};
    default:
      return {.check = kNone};
  }
}

[[nodiscard]] constexpr uint64_t Shifted(const SplitField& field, uint64_t value) {
  value ^= field.flip;
  return field.check == Check::kSigned
             ? static_cast<uint64_t>(static_cast<int64_t>(value) >> field.shift)
             : value >> field.shift;
}

[[nodiscard]] constexpr bool FitsField(const SplitField& field, uint64_t value) {
  const uint64_t half = uint64_t{1} << (field.bits - 1);
  const bool as_signed = value + half < 2 * half;
  const bool as_unsigned = value < 2 * half;
  switch (field.check) {
    case Check::kSigned:
      return as_signed;
    case Check::kUnsigned:
      return as_unsigned;
    case Check::kEither:
      return as_signed || as_unsigned;
    default:
      return true;
  }
}

[[nodiscard]] constexpr uint64_t InsertField(const SplitField& field, uint64_t word,
                                             uint64_t value) {
  const auto put = [&word](unsigned bits, unsigned at, uint64_t part) {
    const uint64_t ones = (uint64_t{1} << bits) - 1;
    word = (word & ~(ones << at)) | ((part & ones) << at);
  };
  if (field.lower_bits == 0) {
    put(field.bits, 0, value);
  } else {
    put(field.bits - field.lower_bits, field.upper_at, value >> field.lower_bits);
    put(field.lower_bits, field.lower_at, value);
  }
  return word;
}

template <class Context>
[[nodiscard]] constexpr bool ApplySplitField(Context& context) {
  const SplitField field = SplitFieldOf(context.type);
  bool ok = true;
  const uint64_t word = context.Load(context.place, 4, ok);
  uint64_t value = ok ? context.Resolve(ok) : 0;
  if (!ok) return false;
  // An undefined weak symbol is at P, as in every field narrower than an address: branches to it
  // are guarded, and must not overflow. PC_HH22 and its like would have room for the distance to 0,
  // all together; but their lowest part is PC10, which PC22 has as well, and that would not.
  if (field.pc_relative && context.defined) value -= context.place + context.bias;
  value = Shifted(field, value + context.addend) & field.keep;
  // O is signed.
  if (field.extra) value += static_cast<uint64_t>(int64_t{static_cast<int32_t>(context.info)} >> 8);
  value |= field.set;
  if (!FitsField(field, value)) return context.Overflow(value, field.bits);
  return context.Store(context.place, 4, InsertField(field, word, value));
}

}  // namespace arch::sparc64
