// SPDX-License-Identifier: BSD-2-Clause
//
// 64-bit Power, little endian, 64-bit ELF V2 ABI Specification 1.5, "Relocation Types", "Symbol
// Table", "Thread Local Storage ABI".
//
// Quirks: the machine number is that of big-endian ELFv1 images too; byte order and e_flags tell
// them apart. e_flags bits 0 and 1 are the ABI level: 2 is this one, 0 is "unspecified" (an image
// without code that cares), 1 is function descriptors and refused. S is a function's global entry
// point, which finds its TOC from r12; the local entry, some instructions further on (bits 5 to 7
// of st_other), is for calls inside one image and never what a relocation stores. The tools make no
// GLOB_DAT: GOT entries are ADDR64. PLT slots of local ifuncs are JMP_IREL, elsewhere IRELATIVE:
// the same calculation. U-prefixed types are the same at places of any alignment. TLS is variant I;
// the thread pointer stands 0x7000 past the first TLS block and DTV entries 0x8000 past theirs, so
// that signed 16-bit displacements reach 64 KiB. ADDR64_LOCAL, the ADDR16 halves and the 34-bit
// prefixed forms patch what a static linker has laid out. Images may be linked for 64 KiB pages.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/powerpc64le/traits/relocation_names.h"
#include "rtld_shared/elf/layout.h"

namespace arch::powerpc64le {

struct Traits {
  using Layout = elf::Layout64Le;
  static constexpr std::string_view kName = "powerpc64le";
  static constexpr uint16_t kMachine = 21;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;

  // EF_PPC64_ABI: 2 is ELFv2, 0 an image that does not say. No other bit is defined.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    return flags == 0 || flags == 2;
  }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = -0x7000;
    static constexpr int64_t kDtvBias = 0x8000;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
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
        return {.op = Op::kJumpSlot};
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
      case 248:  // R_PPC64_IRELATIVE
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

}  // namespace arch::powerpc64le
