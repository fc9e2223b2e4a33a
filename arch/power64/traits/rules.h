// SPDX-License-Identifier: BSD-2-Clause
//
// What 64-bit Power has in common whatever the ABI and the byte order: nearly all relocations, and
// thread-local storage.
//
// Quirks: the machine number is one for all; byte order and e_flags tell the ABIs apart (bits 0 and
// 1 are the ABI level, 0 an image that does not say, as one without code may). The tools make no
// GLOB_DAT: GOT entries are ADDR64. U-prefixed types are the same at places of any alignment. TLS is
// variant I; the thread pointer stands 0x7000 past the first TLS block and DTV entries 0x8000 past
// theirs, so that signed 16-bit displacements reach 64 KiB. ADDR64_LOCAL, the ADDR16 halves and the
// 34-bit prefixed forms patch what a static linker has laid out. Images may be linked for 64 KiB
// pages.

#pragma once

#include <cstdint>

#include "arch/contract/elf_arch.h"
#include "arch/power64/traits/relocation_names.h"

namespace arch::power64 {

inline constexpr uint16_t kMachine = 21;

struct Tls {
  static constexpr int kVariant = 1;
  static constexpr uint64_t kTcbSize = 0;
  static constexpr int64_t kThreadPointerBias = -0x7000;
  static constexpr int64_t kDtvBias = 0x8000;
};

// All but JMP_SLOT and JMP_IREL, which fill PLT slots: `slot` and `resolver_slot`.
[[nodiscard]] constexpr Rule RuleOf(uint32_t type, Op slot, Op resolver_slot) {
  switch (type) {
    case 0:  // R_PPC64_NONE
      return {.op = Op::kNone};
    case 1:   // R_PPC64_ADDR32
    case 24:  // R_PPC64_UADDR32
      return {.op = Op::kSymbol, .width = 4, .check = Check::kEither};
    case 3:   // R_PPC64_ADDR16
    case 25:  // R_PPC64_UADDR16
      return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
    case 19:  // R_PPC64_COPY
      return {.op = Op::kCopy, .addend = Addend::kIgnored};
    case 20:  // R_PPC64_GLOB_DAT
    case 38:  // R_PPC64_ADDR64
    case 43:  // R_PPC64_UADDR64
      return {.op = Op::kSymbol};
    case 21:  // R_PPC64_JMP_SLOT
      return {.op = slot};
    case 22:  // R_PPC64_RELATIVE
      return {.op = Op::kRelative};
    case 26:  // R_PPC64_REL32
      return {.op = Op::kPcRelative, .width = 4, .check = Check::kSigned};
    case 44:  // R_PPC64_REL64
      return {.op = Op::kPcRelative};
    case 68:  // R_PPC64_DTPMOD64
      return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
    case 73:  // R_PPC64_TPREL64
      return {.op = Op::kTpOffset};
    case 78:  // R_PPC64_DTPREL64
      return {.op = Op::kTlsOffset};
    case 247:  // R_PPC64_JMP_IREL
      return {.op = resolver_slot};
    case 248:  // R_PPC64_IRELATIVE
      return {.op = Op::kIrelative};
    default:
      return RelocationNameOf(type).empty() ? Rule{} : Rule{.op = Op::kRefused};
  }
}

}  // namespace arch::power64
