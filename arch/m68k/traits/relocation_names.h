// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of the System V ABI's Motorola 68000 supplement, "Relocation Types", and of its TLS
// extension, for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::m68k {

inline constexpr std::string_view kNamesFrom0[] = {
    "R_68K_NONE",         "R_68K_32",           "R_68K_16",         "R_68K_8",
    "R_68K_PC32",         "R_68K_PC16",         "R_68K_PC8",        "R_68K_GOT32",
    "R_68K_GOT16",        "R_68K_GOT8",         "R_68K_GOT32O",     "R_68K_GOT16O",
    "R_68K_GOT8O",        "R_68K_PLT32",        "R_68K_PLT16",      "R_68K_PLT8",
    "R_68K_PLT32O",       "R_68K_PLT16O",       "R_68K_PLT8O",      "R_68K_COPY",
    "R_68K_GLOB_DAT",     "R_68K_JMP_SLOT",     "R_68K_RELATIVE",   "R_68K_GNU_VTINHERIT",
    "R_68K_GNU_VTENTRY",  "R_68K_TLS_GD32",     "R_68K_TLS_GD16",   "R_68K_TLS_GD8",
    "R_68K_TLS_LDM32",    "R_68K_TLS_LDM16",    "R_68K_TLS_LDM8",   "R_68K_TLS_LDO32",
    "R_68K_TLS_LDO16",    "R_68K_TLS_LDO8",     "R_68K_TLS_IE32",   "R_68K_TLS_IE16",
    "R_68K_TLS_IE8",      "R_68K_TLS_LE32",     "R_68K_TLS_LE16",   "R_68K_TLS_LE8",
    "R_68K_TLS_DTPMOD32", "R_68K_TLS_DTPREL32", "R_68K_TLS_TPREL32"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  return {};
}

}  // namespace arch::m68k
