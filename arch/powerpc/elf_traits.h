// SPDX-License-Identifier: BSD-2-Clause
//
// 32-bit PowerPC, big endian, Power Architecture 32-bit Application Binary Interface Supplement 1.0
// (Linux), "Relocation", "Procedure Linkage Table", "Thread-Local Storage".
//
// Quirks: images use RELA. There are two kinds of PLT. The secure one is data: its slots take S + A
// like any GOT entry, and DT_PPC_GOT says where the GOT is. The old one (BSS-PLT) is code that the
// dynamic linker writes at start: its .plt is writable and executable, so that the load plan
// refuses the image for the segment, and a JMP_SLOT of it never gets here. The tools make no
// GLOB_DAT: GOT entries are ADDR32. TLS is variant I; the thread pointer stands 0x7000 past the
// first TLS block and DTV entries 0x8000 past theirs. The ADDR16 halves, ADDR24, ADDR14 and REL24
// are fields of instructions and would be text relocations. UADDR is ADDR at places of any
// alignment. Numbers from 101 (EMB), 180 (DIAB) and 216 (VLE) are those of embedded ABIs. Images
// may be linked for 64 KiB pages.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/powerpc/traits/relocation_names.h"
#include "rtld_shared/elf/layout.h"

namespace arch::powerpc {

struct Traits {
  using Layout = elf::Layout32Be;
  static constexpr std::string_view kName = "powerpc";
  static constexpr uint16_t kMachine = 20;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;

  // EF_PPC_EMB and EF_PPC_RELOCATABLE belong to the embedded ABI. EF_PPC_RELOCATABLE_LIB only says
  // that the objects could be linked into such an image; GNU ld sets it on ordinary ones.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kRelocatableLib = 0x8000;
    return (flags & ~kRelocatableLib) == 0;
  }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = -0x7000;
    static constexpr int64_t kDtvBias = 0x8000;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_PPC_NONE
        return {.op = Op::kNone};
      case 1:   // R_PPC_ADDR32
      case 20:  // R_PPC_GLOB_DAT
      case 24:  // R_PPC_UADDR32
        return {.op = Op::kSymbol};
      case 3:   // R_PPC_ADDR16
      case 25:  // R_PPC_UADDR16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 19:  // R_PPC_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 21:  // R_PPC_JMP_SLOT
        return {.op = Op::kJumpSlot};
      case 22:  // R_PPC_RELATIVE
        return {.op = Op::kRelative};
      case 26:  // R_PPC_REL32
        return {.op = Op::kPcRelative};
      case 68:  // R_PPC_DTPMOD32
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 73:  // R_PPC_TPREL32
        return {.op = Op::kTpOffset};
      case 78:  // R_PPC_DTPREL32
        return {.op = Op::kTlsOffset};
      case 248:  // R_PPC_IRELATIVE
        return {.op = Op::kIrelative};
      default:
        return RelocationNameOf(type).empty() ? Rule{} : Rule{.op = Op::kRefused};
    }
  }

  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    return RelocationNameOf(type);
  }
};

static_assert(ElfArch<Traits> && HasRelocationNames<Traits> && HasFlagsCheck<Traits> &&
              HasTls<Traits>);

}  // namespace arch::powerpc
