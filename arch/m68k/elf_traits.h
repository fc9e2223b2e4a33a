// SPDX-License-Identifier: BSD-2-Clause
//
// Motorola 68000 (68020 and later, big endian), System V Application Binary Interface, Motorola
// 68000 Processor Family Supplement, "Relocation Types", "Data Representation"; TLS as in
// U. Drepper, "ELF Handling For Thread-Local Storage", variant I, with the numbers that GNU ld
// documents in its m68k port.
//
// Quirks: words are aligned to 2 bytes only, inside structures too. GNU ld aligns its own tables to
// 4, but DT_INIT_ARRAY and places of relocations may stand at any even address, so the layout has
// no stricter fields. Images use RELA. GLOB_DAT and JMP_SLOT are S without A. The 16- and 8-bit
// forms are for data; as fields of instructions they would be text relocations. TLS is variant I
// without a control block before the first block; the thread pointer stands 0x7000 past that block
// and DTV entries 0x8000 past theirs, so that signed 16-bit displacements reach 64 KiB. There is no
// IRELATIVE: the tools know no IFUNC for this CPU, nor do they pack relative relocations. Kernels
// have pages of 4 or 8 KiB, and GNU ld links for 8.

#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/m68k/traits/relocation_names.h"
#include "rtld_shared/elf/layout.h"

namespace arch::m68k {

struct Traits {
  using Layout = elf::Layout<uint32_t, std::endian::big, 2>;
  static constexpr std::string_view kName = "m68k";
  static constexpr uint16_t kMachine = 4;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x2000;

  // 0 is the 68020 and what came after it. EF_M68K_M68000 says that code runs on every 68000: the
  // same ABI. All else is CPU32, Fido or ColdFire, which lack instructions of it and the
  // floating-point registers.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kM68000 = 0x01000000;
    return flags == 0 || flags == kM68000;
  }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = -0x7000;
    static constexpr int64_t kDtvBias = 0x8000;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_68K_NONE
        return {.op = Op::kNone};
      case 1:  // R_68K_32
        return {.op = Op::kSymbol};
      case 2:  // R_68K_16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 3:  // R_68K_8
        return {.op = Op::kSymbol, .width = 1, .check = Check::kEither};
      case 4:  // R_68K_PC32
        return {.op = Op::kPcRelative};
      case 5:  // R_68K_PC16
        return {.op = Op::kPcRelative, .width = 2, .check = Check::kSigned};
      case 6:  // R_68K_PC8
        return {.op = Op::kPcRelative, .width = 1, .check = Check::kSigned};
      case 19:  // R_68K_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 20:  // R_68K_GLOB_DAT
        return {.op = Op::kSymbol, .addend = Addend::kIgnored};
      case 21:  // R_68K_JMP_SLOT
        return {.op = Op::kJumpSlot, .addend = Addend::kIgnored};
      case 22:  // R_68K_RELATIVE
        return {.op = Op::kRelative};
      case 40:  // R_68K_TLS_DTPMOD32
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 41:  // R_68K_TLS_DTPREL32
        return {.op = Op::kTlsOffset};
      case 42:  // R_68K_TLS_TPREL32
        return {.op = Op::kTpOffset};
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

}  // namespace arch::m68k
