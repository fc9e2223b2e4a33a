// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of the 64-bit ELF Object File Specification (MIPS), "Relocation", and of its
// extensions, for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::mips64el {

// The one composed type that images have: R_MIPS_REL32, then R_MIPS_64 of what that gave.
inline constexpr uint32_t kRel32Then64 = 18 << 8 | 3;

inline constexpr std::string_view kNamesFrom0[] = {"R_MIPS_NONE",
                                                   "R_MIPS_16",
                                                   "R_MIPS_32",
                                                   "R_MIPS_REL32",
                                                   "R_MIPS_26",
                                                   "R_MIPS_HI16",
                                                   "R_MIPS_LO16",
                                                   "R_MIPS_GPREL16",
                                                   "R_MIPS_LITERAL",
                                                   "R_MIPS_GOT16",
                                                   "R_MIPS_PC16",
                                                   "R_MIPS_CALL16",
                                                   "R_MIPS_GPREL32",
                                                   "R_MIPS_UNUSED1",
                                                   "R_MIPS_UNUSED2",
                                                   "R_MIPS_UNUSED3",
                                                   "R_MIPS_SHIFT5",
                                                   "R_MIPS_SHIFT6",
                                                   "R_MIPS_64",
                                                   "R_MIPS_GOT_DISP",
                                                   "R_MIPS_GOT_PAGE",
                                                   "R_MIPS_GOT_OFST",
                                                   "R_MIPS_GOT_HI16",
                                                   "R_MIPS_GOT_LO16",
                                                   "R_MIPS_SUB",
                                                   "R_MIPS_INSERT_A",
                                                   "R_MIPS_INSERT_B",
                                                   "R_MIPS_DELETE",
                                                   "R_MIPS_HIGHER",
                                                   "R_MIPS_HIGHEST",
                                                   "R_MIPS_CALL_HI16",
                                                   "R_MIPS_CALL_LO16",
                                                   "R_MIPS_SCN_DISP",
                                                   "R_MIPS_REL16",
                                                   "R_MIPS_ADD_IMMEDIATE",
                                                   "R_MIPS_PJUMP",
                                                   "R_MIPS_RELGOT",
                                                   "R_MIPS_JALR",
                                                   "R_MIPS_TLS_DTPMOD32",
                                                   "R_MIPS_TLS_DTPREL32",
                                                   "R_MIPS_TLS_DTPMOD64",
                                                   "R_MIPS_TLS_DTPREL64",
                                                   "R_MIPS_TLS_GD",
                                                   "R_MIPS_TLS_LDM",
                                                   "R_MIPS_TLS_DTPREL_HI16",
                                                   "R_MIPS_TLS_DTPREL_LO16",
                                                   "R_MIPS_TLS_GOTTPREL",
                                                   "R_MIPS_TLS_TPREL32",
                                                   "R_MIPS_TLS_TPREL64",
                                                   "R_MIPS_TLS_TPREL_HI16",
                                                   "R_MIPS_TLS_TPREL_LO16",
                                                   "R_MIPS_GLOB_DAT"};

inline constexpr std::string_view kNamesFrom60[] = {"R_MIPS_PC21_S2", "R_MIPS_PC26_S2",
                                                    "R_MIPS_PC18_S3", "R_MIPS_PC19_S2",
                                                    "R_MIPS_PCHI16",  "R_MIPS_PCLO16"};

inline constexpr std::string_view kNamesFrom100[] = {"R_MIPS16_26",
                                                     "R_MIPS16_GPREL",
                                                     "R_MIPS16_GOT16",
                                                     "R_MIPS16_CALL16",
                                                     "R_MIPS16_HI16",
                                                     "R_MIPS16_LO16",
                                                     "R_MIPS16_TLS_GD",
                                                     "R_MIPS16_TLS_LDM",
                                                     "R_MIPS16_TLS_DTPREL_HI16",
                                                     "R_MIPS16_TLS_DTPREL_LO16",
                                                     "R_MIPS16_TLS_GOTTPREL",
                                                     "R_MIPS16_TLS_TPREL_HI16",
                                                     "R_MIPS16_TLS_TPREL_LO16",
                                                     "R_MIPS16_PC16_S1"};

inline constexpr std::string_view kNamesFrom126[] = {"R_MIPS_COPY", "R_MIPS_JUMP_SLOT"};

inline constexpr std::string_view kNamesFrom133[] = {
    "R_MICROMIPS_26_S1",   "R_MICROMIPS_HI16",  "R_MICROMIPS_LO16",   "R_MICROMIPS_GPREL16",
    "R_MICROMIPS_LITERAL", "R_MICROMIPS_GOT16", "R_MICROMIPS_PC7_S1", "R_MICROMIPS_PC10_S1",
    "R_MICROMIPS_PC16_S1", "R_MICROMIPS_CALL16"};

inline constexpr std::string_view kNamesFrom145[] = {
    "R_MICROMIPS_GOT_DISP",  "R_MICROMIPS_GOT_PAGE", "R_MICROMIPS_GOT_OFST",
    "R_MICROMIPS_GOT_HI16",  "R_MICROMIPS_GOT_LO16", "R_MICROMIPS_SUB",
    "R_MICROMIPS_HIGHER",    "R_MICROMIPS_HIGHEST",  "R_MICROMIPS_CALL_HI16",
    "R_MICROMIPS_CALL_LO16", "R_MICROMIPS_SCN_DISP", "R_MICROMIPS_JALR",
    "R_MICROMIPS_HI0_LO16"};

inline constexpr std::string_view kNamesFrom162[] = {
    "R_MICROMIPS_TLS_GD", "R_MICROMIPS_TLS_LDM", "R_MICROMIPS_TLS_DTPREL_HI16",
    "R_MICROMIPS_TLS_DTPREL_LO16", "R_MICROMIPS_TLS_GOTTPREL"};

inline constexpr std::string_view kNamesFrom169[] = {"R_MICROMIPS_TLS_TPREL_HI16",
                                                     "R_MICROMIPS_TLS_TPREL_LO16"};

inline constexpr std::string_view kNamesFrom172[] = {"R_MICROMIPS_GPREL7_S2",
                                                     "R_MICROMIPS_PC23_S2"};

inline constexpr std::string_view kNamesFrom248[] = {"R_MIPS_PC32", "R_MIPS_EH",
                                                     "R_MIPS_GNU_REL16_S2"};

inline constexpr std::string_view kNamesFrom253[] = {"R_MIPS_GNU_VTINHERIT", "R_MIPS_GNU_VTENTRY"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  if (type - 60 < std::size(kNamesFrom60)) return kNamesFrom60[type - 60];
  if (type - 100 < std::size(kNamesFrom100)) return kNamesFrom100[type - 100];
  if (type - 126 < std::size(kNamesFrom126)) return kNamesFrom126[type - 126];
  if (type - 133 < std::size(kNamesFrom133)) return kNamesFrom133[type - 133];
  if (type - 145 < std::size(kNamesFrom145)) return kNamesFrom145[type - 145];
  if (type - 162 < std::size(kNamesFrom162)) return kNamesFrom162[type - 162];
  if (type - 169 < std::size(kNamesFrom169)) return kNamesFrom169[type - 169];
  if (type - 172 < std::size(kNamesFrom172)) return kNamesFrom172[type - 172];
  if (type - 248 < std::size(kNamesFrom248)) return kNamesFrom248[type - 248];
  if (type - 253 < std::size(kNamesFrom253)) return kNamesFrom253[type - 253];
  if (type == kRel32Then64) return "R_MIPS_REL32/R_MIPS_64";
  return {};
}

}  // namespace arch::mips64el
