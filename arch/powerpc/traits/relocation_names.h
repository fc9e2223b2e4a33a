// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of the Power Architecture 32-bit ABI Supplement 1.0, "Relocation", for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::powerpc {

inline constexpr std::string_view kNamesFrom0[] = {
    "R_PPC_NONE",           "R_PPC_ADDR32",          "R_PPC_ADDR24",     "R_PPC_ADDR16",
    "R_PPC_ADDR16_LO",      "R_PPC_ADDR16_HI",       "R_PPC_ADDR16_HA",  "R_PPC_ADDR14",
    "R_PPC_ADDR14_BRTAKEN", "R_PPC_ADDR14_BRNTAKEN", "R_PPC_REL24",      "R_PPC_REL14",
    "R_PPC_REL14_BRTAKEN",  "R_PPC_REL14_BRNTAKEN",  "R_PPC_GOT16",      "R_PPC_GOT16_LO",
    "R_PPC_GOT16_HI",       "R_PPC_GOT16_HA",        "R_PPC_PLTREL24",   "R_PPC_COPY",
    "R_PPC_GLOB_DAT",       "R_PPC_JMP_SLOT",        "R_PPC_RELATIVE",   "R_PPC_LOCAL24PC",
    "R_PPC_UADDR32",        "R_PPC_UADDR16",         "R_PPC_REL32",      "R_PPC_PLT32",
    "R_PPC_PLTREL32",       "R_PPC_PLT16_LO",        "R_PPC_PLT16_HI",   "R_PPC_PLT16_HA",
    "R_PPC_SDAREL16",       "R_PPC_SECTOFF",         "R_PPC_SECTOFF_LO", "R_PPC_SECTOFF_HI",
    "R_PPC_SECTOFF_HA",     "R_PPC_ADDR30"};

inline constexpr std::string_view kNamesFrom67[] = {"R_PPC_TLS",
                                                    "R_PPC_DTPMOD32",
                                                    "R_PPC_TPREL16",
                                                    "R_PPC_TPREL16_LO",
                                                    "R_PPC_TPREL16_HI",
                                                    "R_PPC_TPREL16_HA",
                                                    "R_PPC_TPREL32",
                                                    "R_PPC_DTPREL16",
                                                    "R_PPC_DTPREL16_LO",
                                                    "R_PPC_DTPREL16_HI",
                                                    "R_PPC_DTPREL16_HA",
                                                    "R_PPC_DTPREL32",
                                                    "R_PPC_GOT_TLSGD16",
                                                    "R_PPC_GOT_TLSGD16_LO",
                                                    "R_PPC_GOT_TLSGD16_HI",
                                                    "R_PPC_GOT_TLSGD16_HA",
                                                    "R_PPC_GOT_TLSLD16",
                                                    "R_PPC_GOT_TLSLD16_LO",
                                                    "R_PPC_GOT_TLSLD16_HI",
                                                    "R_PPC_GOT_TLSLD16_HA",
                                                    "R_PPC_GOT_TPREL16",
                                                    "R_PPC_GOT_TPREL16_LO",
                                                    "R_PPC_GOT_TPREL16_HI",
                                                    "R_PPC_GOT_TPREL16_HA",
                                                    "R_PPC_GOT_DTPREL16",
                                                    "R_PPC_GOT_DTPREL16_LO",
                                                    "R_PPC_GOT_DTPREL16_HI",
                                                    "R_PPC_GOT_DTPREL16_HA",
                                                    "R_PPC_TLSGD",
                                                    "R_PPC_TLSLD"};

inline constexpr std::string_view kNamesFrom101[] = {"R_PPC_EMB_NADDR32",
                                                     "R_PPC_EMB_NADDR16",
                                                     "R_PPC_EMB_NADDR16_LO",
                                                     "R_PPC_EMB_NADDR16_HI",
                                                     "R_PPC_EMB_NADDR16_HA",
                                                     "R_PPC_EMB_SDAI16",
                                                     "R_PPC_EMB_SDA2I16",
                                                     "R_PPC_EMB_SDA2REL",
                                                     "R_PPC_EMB_SDA21",
                                                     "R_PPC_EMB_MRKREF",
                                                     "R_PPC_EMB_RELSEC16",
                                                     "R_PPC_EMB_RELST_LO",
                                                     "R_PPC_EMB_RELST_HI",
                                                     "R_PPC_EMB_RELST_HA",
                                                     "R_PPC_EMB_BIT_FLD",
                                                     "R_PPC_EMB_RELSDA",
                                                     "",
                                                     "",
                                                     "R_PPC_PLTSEQ",
                                                     "R_PPC_PLTCALL"};

inline constexpr std::string_view kNamesFrom216[] = {
    "R_PPC_VLE_REL8",         "R_PPC_VLE_REL15",        "R_PPC_VLE_REL24",
    "R_PPC_VLE_LO16A",        "R_PPC_VLE_LO16D",        "R_PPC_VLE_HI16A",
    "R_PPC_VLE_HI16D",        "R_PPC_VLE_HA16A",        "R_PPC_VLE_HA16D",
    "R_PPC_VLE_SDA21",        "R_PPC_VLE_SDA21_LO",     "R_PPC_VLE_SDAREL_LO16A",
    "R_PPC_VLE_SDAREL_LO16D", "R_PPC_VLE_SDAREL_HI16A", "R_PPC_VLE_SDAREL_HI16D",
    "R_PPC_VLE_SDAREL_HA16A", "R_PPC_VLE_SDAREL_HA16D", "R_PPC_VLE_ADDR20"};

inline constexpr std::string_view kNamesFrom246[] = {"R_PPC_REL16DX_HA",  "",
                                                     "R_PPC_IRELATIVE",   "R_PPC_REL16",
                                                     "R_PPC_REL16_LO",    "R_PPC_REL16_HI",
                                                     "R_PPC_REL16_HA",    "R_PPC_GNU_VTINHERIT",
                                                     "R_PPC_GNU_VTENTRY", "R_PPC_TOC16"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  if (type - 67 < std::size(kNamesFrom67)) return kNamesFrom67[type - 67];
  if (type - 101 < std::size(kNamesFrom101)) return kNamesFrom101[type - 101];
  if (type - 216 < std::size(kNamesFrom216)) return kNamesFrom216[type - 216];
  if (type - 246 < std::size(kNamesFrom246)) return kNamesFrom246[type - 246];
  return {};
}

}  // namespace arch::powerpc
