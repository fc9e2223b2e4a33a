// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of the Intel386 psABI 1.1, "Relocation Types", for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::i386 {

inline constexpr std::string_view kNamesFrom0[] = {"R_386_NONE",
                                                   "R_386_32",
                                                   "R_386_PC32",
                                                   "R_386_GOT32",
                                                   "R_386_PLT32",
                                                   "R_386_COPY",
                                                   "R_386_GLOB_DAT",
                                                   "R_386_JUMP_SLOT",
                                                   "R_386_RELATIVE",
                                                   "R_386_GOTOFF",
                                                   "R_386_GOTPC",
                                                   "R_386_32PLT",
                                                   "",
                                                   "",
                                                   "R_386_TLS_TPOFF",
                                                   "R_386_TLS_IE",
                                                   "R_386_TLS_GOTIE",
                                                   "R_386_TLS_LE",
                                                   "R_386_TLS_GD",
                                                   "R_386_TLS_LDM",
                                                   "R_386_16",
                                                   "R_386_PC16",
                                                   "R_386_8",
                                                   "R_386_PC8",
                                                   "R_386_TLS_GD_32",
                                                   "R_386_TLS_GD_PUSH",
                                                   "R_386_TLS_GD_CALL",
                                                   "R_386_TLS_GD_POP",
                                                   "R_386_TLS_LDM_32",
                                                   "R_386_TLS_LDM_PUSH",
                                                   "R_386_TLS_LDM_CALL",
                                                   "R_386_TLS_LDM_POP",
                                                   "R_386_TLS_LDO_32",
                                                   "R_386_TLS_IE_32",
                                                   "R_386_TLS_LE_32",
                                                   "R_386_TLS_DTPMOD32",
                                                   "R_386_TLS_DTPOFF32",
                                                   "R_386_TLS_TPOFF32",
                                                   "R_386_SIZE32",
                                                   "R_386_TLS_GOTDESC",
                                                   "R_386_TLS_DESC_CALL",
                                                   "R_386_TLS_DESC",
                                                   "R_386_IRELATIVE",
                                                   "R_386_GOT32X"};

inline constexpr std::string_view kNamesFrom200[] = {"R_386_USED_BY_INTEL_200"};

inline constexpr std::string_view kNamesFrom250[] = {"R_386_GNU_VTINHERIT", "R_386_GNU_VTENTRY"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  if (type - 200 < std::size(kNamesFrom200)) return kNamesFrom200[type - 200];
  if (type - 250 < std::size(kNamesFrom250)) return kNamesFrom250[type - 250];
  return {};
}

}  // namespace arch::i386
