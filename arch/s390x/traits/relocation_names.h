// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of the zSeries ELF ABI Supplement 1.02, "Relocation", for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::s390x {

inline constexpr std::string_view kNamesFrom0[] = {
    "R_390_NONE",        "R_390_8",         "R_390_12",          "R_390_16",
    "R_390_32",          "R_390_PC32",      "R_390_GOT12",       "R_390_GOT32",
    "R_390_PLT32",       "R_390_COPY",      "R_390_GLOB_DAT",    "R_390_JMP_SLOT",
    "R_390_RELATIVE",    "R_390_GOTOFF32",  "R_390_GOTPC",       "R_390_GOT16",
    "R_390_PC16",        "R_390_PC16DBL",   "R_390_PLT16DBL",    "R_390_PC32DBL",
    "R_390_PLT32DBL",    "R_390_GOTPCDBL",  "R_390_64",          "R_390_PC64",
    "R_390_GOT64",       "R_390_PLT64",     "R_390_GOTENT",      "R_390_GOTOFF16",
    "R_390_GOTOFF64",    "R_390_GOTPLT12",  "R_390_GOTPLT16",    "R_390_GOTPLT32",
    "R_390_GOTPLT64",    "R_390_GOTPLTENT", "R_390_PLTOFF16",    "R_390_PLTOFF32",
    "R_390_PLTOFF64",    "R_390_TLS_LOAD",  "R_390_TLS_GDCALL",  "R_390_TLS_LDCALL",
    "R_390_TLS_GD32",    "R_390_TLS_GD64",  "R_390_TLS_GOTIE12", "R_390_TLS_GOTIE32",
    "R_390_TLS_GOTIE64", "R_390_TLS_LDM32", "R_390_TLS_LDM64",   "R_390_TLS_IE32",
    "R_390_TLS_IE64",    "R_390_TLS_IEENT", "R_390_TLS_LE32",    "R_390_TLS_LE64",
    "R_390_TLS_LDO32",   "R_390_TLS_LDO64", "R_390_TLS_DTPMOD",  "R_390_TLS_DTPOFF",
    "R_390_TLS_TPOFF",   "R_390_20",        "R_390_GOT20",       "R_390_GOTPLT20",
    "R_390_TLS_GOTIE20", "R_390_IRELATIVE", "R_390_PC12DBL",     "R_390_PLT12DBL",
    "R_390_PC24DBL",     "R_390_PLT24DBL"};

inline constexpr std::string_view kNamesFrom250[] = {"R_390_GNU_VTINHERIT", "R_390_GNU_VTENTRY"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  if (type - 250 < std::size(kNamesFrom250)) return kNamesFrom250[type - 250];
  return {};
}

}  // namespace arch::s390x
