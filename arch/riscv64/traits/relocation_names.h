// SPDX-License-Identifier: BSD-2-Clause
//
// The spellings of the RISC-V ELF psABI 1.0, "Relocations", for messages.

#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace arch::riscv64 {

inline constexpr std::string_view kNamesFrom0[] = {"R_RISCV_NONE",
                                                   "R_RISCV_32",
                                                   "R_RISCV_64",
                                                   "R_RISCV_RELATIVE",
                                                   "R_RISCV_COPY",
                                                   "R_RISCV_JUMP_SLOT",
                                                   "R_RISCV_TLS_DTPMOD32",
                                                   "R_RISCV_TLS_DTPMOD64",
                                                   "R_RISCV_TLS_DTPREL32",
                                                   "R_RISCV_TLS_DTPREL64",
                                                   "R_RISCV_TLS_TPREL32",
                                                   "R_RISCV_TLS_TPREL64",
                                                   "R_RISCV_TLSDESC",
                                                   "",
                                                   "",
                                                   "",
                                                   "R_RISCV_BRANCH",
                                                   "R_RISCV_JAL",
                                                   "R_RISCV_CALL",
                                                   "R_RISCV_CALL_PLT",
                                                   "R_RISCV_GOT_HI20",
                                                   "R_RISCV_TLS_GOT_HI20",
                                                   "R_RISCV_TLS_GD_HI20",
                                                   "R_RISCV_PCREL_HI20",
                                                   "R_RISCV_PCREL_LO12_I",
                                                   "R_RISCV_PCREL_LO12_S",
                                                   "R_RISCV_HI20",
                                                   "R_RISCV_LO12_I",
                                                   "R_RISCV_LO12_S",
                                                   "R_RISCV_TPREL_HI20",
                                                   "R_RISCV_TPREL_LO12_I",
                                                   "R_RISCV_TPREL_LO12_S",
                                                   "R_RISCV_TPREL_ADD",
                                                   "R_RISCV_ADD8",
                                                   "R_RISCV_ADD16",
                                                   "R_RISCV_ADD32",
                                                   "R_RISCV_ADD64",
                                                   "R_RISCV_SUB8",
                                                   "R_RISCV_SUB16",
                                                   "R_RISCV_SUB32",
                                                   "R_RISCV_SUB64",
                                                   "R_RISCV_GNU_VTINHERIT",
                                                   "R_RISCV_GNU_VTENTRY",
                                                   "R_RISCV_ALIGN",
                                                   "R_RISCV_RVC_BRANCH",
                                                   "R_RISCV_RVC_JUMP",
                                                   "R_RISCV_RVC_LUI",
                                                   "R_RISCV_GPREL_I",
                                                   "R_RISCV_GPREL_S",
                                                   "R_RISCV_TPREL_I",
                                                   "R_RISCV_TPREL_S",
                                                   "R_RISCV_RELAX",
                                                   "R_RISCV_SUB6",
                                                   "R_RISCV_SET6",
                                                   "R_RISCV_SET8",
                                                   "R_RISCV_SET16",
                                                   "R_RISCV_SET32",
                                                   "R_RISCV_32_PCREL",
                                                   "R_RISCV_IRELATIVE",
                                                   "R_RISCV_PLT32",
                                                   "R_RISCV_SET_ULEB128",
                                                   "R_RISCV_SUB_ULEB128",
                                                   "R_RISCV_TLSDESC_HI20",
                                                   "R_RISCV_TLSDESC_LOAD_LO12",
                                                   "R_RISCV_TLSDESC_ADD_LO12",
                                                   "R_RISCV_TLSDESC_CALL"};

// Empty for a number that the psABI does not have.
[[nodiscard]] constexpr std::string_view RelocationNameOf(uint32_t type) {
  if (type < std::size(kNamesFrom0)) return kNamesFrom0[type];
  return {};
}

}  // namespace arch::riscv64
