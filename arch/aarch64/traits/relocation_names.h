// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of AAELF64 2023Q3, "Relocation", for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::aarch64 {

inline constexpr std::string_view kNamesFrom0[] = {"R_AARCH64_NONE"};

inline constexpr std::string_view kNamesFrom256[] = {"R_AARCH64_NULL",
                                                     "R_AARCH64_ABS64",
                                                     "R_AARCH64_ABS32",
                                                     "R_AARCH64_ABS16",
                                                     "R_AARCH64_PREL64",
                                                     "R_AARCH64_PREL32",
                                                     "R_AARCH64_PREL16",
                                                     "R_AARCH64_MOVW_UABS_G0",
                                                     "R_AARCH64_MOVW_UABS_G0_NC",
                                                     "R_AARCH64_MOVW_UABS_G1",
                                                     "R_AARCH64_MOVW_UABS_G1_NC",
                                                     "R_AARCH64_MOVW_UABS_G2",
                                                     "R_AARCH64_MOVW_UABS_G2_NC",
                                                     "R_AARCH64_MOVW_UABS_G3",
                                                     "R_AARCH64_MOVW_SABS_G0",
                                                     "R_AARCH64_MOVW_SABS_G1",
                                                     "R_AARCH64_MOVW_SABS_G2",
                                                     "R_AARCH64_LD_PREL_LO19",
                                                     "R_AARCH64_ADR_PREL_LO21",
                                                     "R_AARCH64_ADR_PREL_PG_HI21",
                                                     "R_AARCH64_ADR_PREL_PG_HI21_NC",
                                                     "R_AARCH64_ADD_ABS_LO12_NC",
                                                     "R_AARCH64_LDST8_ABS_LO12_NC",
                                                     "R_AARCH64_TSTBR14",
                                                     "R_AARCH64_CONDBR19",
                                                     "",
                                                     "R_AARCH64_JUMP26",
                                                     "R_AARCH64_CALL26",
                                                     "R_AARCH64_LDST16_ABS_LO12_NC",
                                                     "R_AARCH64_LDST32_ABS_LO12_NC",
                                                     "R_AARCH64_LDST64_ABS_LO12_NC",
                                                     "R_AARCH64_MOVW_PREL_G0",
                                                     "R_AARCH64_MOVW_PREL_G0_NC",
                                                     "R_AARCH64_MOVW_PREL_G1",
                                                     "R_AARCH64_MOVW_PREL_G1_NC",
                                                     "R_AARCH64_MOVW_PREL_G2",
                                                     "R_AARCH64_MOVW_PREL_G2_NC",
                                                     "R_AARCH64_MOVW_PREL_G3"};

inline constexpr std::string_view kNamesFrom299[] = {"R_AARCH64_LDST128_ABS_LO12_NC",
                                                     "R_AARCH64_MOVW_GOTOFF_G0",
                                                     "R_AARCH64_MOVW_GOTOFF_G0_NC",
                                                     "R_AARCH64_MOVW_GOTOFF_G1",
                                                     "R_AARCH64_MOVW_GOTOFF_G1_NC",
                                                     "R_AARCH64_MOVW_GOTOFF_G2",
                                                     "R_AARCH64_MOVW_GOTOFF_G2_NC",
                                                     "R_AARCH64_MOVW_GOTOFF_G3",
                                                     "R_AARCH64_GOTREL64",
                                                     "R_AARCH64_GOTREL32",
                                                     "R_AARCH64_GOT_LD_PREL19",
                                                     "R_AARCH64_LD64_GOTOFF_LO15",
                                                     "R_AARCH64_ADR_GOT_PAGE",
                                                     "R_AARCH64_LD64_GOT_LO12_NC",
                                                     "R_AARCH64_LD64_GOTPAGE_LO15",
                                                     "R_AARCH64_PLT32"};

inline constexpr std::string_view kNamesFrom512[] = {"R_AARCH64_TLSGD_ADR_PREL21",
                                                     "R_AARCH64_TLSGD_ADR_PAGE21",
                                                     "R_AARCH64_TLSGD_ADD_LO12_NC",
                                                     "R_AARCH64_TLSGD_MOVW_G1",
                                                     "R_AARCH64_TLSGD_MOVW_G0_NC",
                                                     "R_AARCH64_TLSLD_ADR_PREL21",
                                                     "R_AARCH64_TLSLD_ADR_PAGE21",
                                                     "R_AARCH64_TLSLD_ADD_LO12_NC",
                                                     "R_AARCH64_TLSLD_MOVW_G1",
                                                     "R_AARCH64_TLSLD_MOVW_G0_NC",
                                                     "R_AARCH64_TLSLD_LD_PREL19",
                                                     "R_AARCH64_TLSLD_MOVW_DTPREL_G2",
                                                     "R_AARCH64_TLSLD_MOVW_DTPREL_G1",
                                                     "R_AARCH64_TLSLD_MOVW_DTPREL_G1_NC",
                                                     "R_AARCH64_TLSLD_MOVW_DTPREL_G0",
                                                     "R_AARCH64_TLSLD_MOVW_DTPREL_G0_NC",
                                                     "R_AARCH64_TLSLD_ADD_DTPREL_HI12",
                                                     "R_AARCH64_TLSLD_ADD_DTPREL_LO12",
                                                     "R_AARCH64_TLSLD_ADD_DTPREL_LO12_NC",
                                                     "R_AARCH64_TLSLD_LDST8_DTPREL_LO12",
                                                     "R_AARCH64_TLSLD_LDST8_DTPREL_LO12_NC",
                                                     "R_AARCH64_TLSLD_LDST16_DTPREL_LO12",
                                                     "R_AARCH64_TLSLD_LDST16_DTPREL_LO12_NC",
                                                     "R_AARCH64_TLSLD_LDST32_DTPREL_LO12",
                                                     "R_AARCH64_TLSLD_LDST32_DTPREL_LO12_NC",
                                                     "R_AARCH64_TLSLD_LDST64_DTPREL_LO12",
                                                     "R_AARCH64_TLSLD_LDST64_DTPREL_LO12_NC",
                                                     "R_AARCH64_TLSIE_MOVW_GOTTPREL_G1",
                                                     "R_AARCH64_TLSIE_MOVW_GOTTPREL_G0_NC",
                                                     "R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21",
                                                     "R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC",
                                                     "R_AARCH64_TLSIE_LD_GOTTPREL_PREL19",
                                                     "R_AARCH64_TLSLE_MOVW_TPREL_G2",
                                                     "R_AARCH64_TLSLE_MOVW_TPREL_G1",
                                                     "R_AARCH64_TLSLE_MOVW_TPREL_G1_NC",
                                                     "R_AARCH64_TLSLE_MOVW_TPREL_G0",
                                                     "R_AARCH64_TLSLE_MOVW_TPREL_G0_NC",
                                                     "R_AARCH64_TLSLE_ADD_TPREL_HI12",
                                                     "R_AARCH64_TLSLE_ADD_TPREL_LO12",
                                                     "R_AARCH64_TLSLE_ADD_TPREL_LO12_NC",
                                                     "R_AARCH64_TLSLE_LDST8_TPREL_LO12",
                                                     "R_AARCH64_TLSLE_LDST8_TPREL_LO12_NC",
                                                     "R_AARCH64_TLSLE_LDST16_TPREL_LO12",
                                                     "R_AARCH64_TLSLE_LDST16_TPREL_LO12_NC",
                                                     "R_AARCH64_TLSLE_LDST32_TPREL_LO12",
                                                     "R_AARCH64_TLSLE_LDST32_TPREL_LO12_NC",
                                                     "R_AARCH64_TLSLE_LDST64_TPREL_LO12",
                                                     "R_AARCH64_TLSLE_LDST64_TPREL_LO12_NC",
                                                     "R_AARCH64_TLSDESC_LD_PREL19",
                                                     "R_AARCH64_TLSDESC_ADR_PREL21",
                                                     "R_AARCH64_TLSDESC_ADR_PAGE21",
                                                     "R_AARCH64_TLSDESC_LD64_LO12",
                                                     "R_AARCH64_TLSDESC_ADD_LO12",
                                                     "R_AARCH64_TLSDESC_OFF_G1",
                                                     "R_AARCH64_TLSDESC_OFF_G0_NC",
                                                     "R_AARCH64_TLSDESC_LDR",
                                                     "R_AARCH64_TLSDESC_ADD",
                                                     "R_AARCH64_TLSDESC_CALL",
                                                     "R_AARCH64_TLSLE_LDST128_TPREL_LO12",
                                                     "R_AARCH64_TLSLE_LDST128_TPREL_LO12_NC",
                                                     "R_AARCH64_TLSLD_LDST128_DTPREL_LO12",
                                                     "R_AARCH64_TLSLD_LDST128_DTPREL_LO12_NC"};

inline constexpr std::string_view kNamesFrom1024[] = {
    "R_AARCH64_COPY",        "R_AARCH64_GLOB_DAT",     "R_AARCH64_JUMP_SLOT",
    "R_AARCH64_RELATIVE",    "R_AARCH64_TLS_DTPMOD64", "R_AARCH64_TLS_DTPREL64",
    "R_AARCH64_TLS_TPREL64", "R_AARCH64_TLSDESC",      "R_AARCH64_IRELATIVE"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  if (type - 256 < std::size(kNamesFrom256)) return kNamesFrom256[type - 256];
  if (type - 299 < std::size(kNamesFrom299)) return kNamesFrom299[type - 299];
  if (type - 512 < std::size(kNamesFrom512)) return kNamesFrom512[type - 512];
  if (type - 1024 < std::size(kNamesFrom1024)) return kNamesFrom1024[type - 1024];
  return {};
}

}  // namespace arch::aarch64
