// SPDX-License-Identifier: BSD-2-Clause
//
// Intel386, System V ABI, Intel386 Architecture Processor Supplement 1.1, "Relocation Types" and
// "Thread-Local Storage"; C++ and TLS descriptors as GNU tools make them.
//
// Quirks: images use REL only, so the addend is the word at the place; for TLS_DESC it is the
// second word of the pair, where the argument goes. The words of GLOB_DAT and JUMP_SLOT are not
// addends: the slot of a PLT entry holds the address of its lazy half. TLS is variant II. TLS_TPOFF
// is the offset from the thread pointer (negative); TLS_TPOFF32 is the same number with the sign of
// Sun's first TLS code (positive), which GNU ld still makes of the general dynamic code of -fPIC
// objects in a program. 16- and 8-bit relocations come from data of hand-written images and are checked
// against either reading of the field. GOTPC, GOTOFF and PLT32 forms are constants of the link.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/i386/traits/relocation_names.h"
#include "rtld_shared/elf/layout.h"

namespace arch::i386 {

struct Traits {
  using Layout = elf::Layout32Le;
  static constexpr std::string_view kName = "i386";
  static constexpr uint16_t kMachine = 3;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x1000;

  // The psABI defines no e_flags.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) { return flags == 0; }

  struct Tls {
    static constexpr int kVariant = 2;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_386_NONE
        return {.op = Op::kNone};
      case 1:  // R_386_32
        return {.op = Op::kSymbol};
      case 2:  // R_386_PC32
        return {.op = Op::kPcRelative};
      case 5:  // R_386_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 6:  // R_386_GLOB_DAT
        return {.op = Op::kSymbol, .addend = Addend::kIgnored};
      case 7:  // R_386_JUMP_SLOT
        return {.op = Op::kJumpSlot, .addend = Addend::kIgnored};
      case 8:  // R_386_RELATIVE
        return {.op = Op::kRelative};
      case 14:  // R_386_TLS_TPOFF
        return {.op = Op::kTpOffset};
      case 20:  // R_386_16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 21:  // R_386_PC16
        return {.op = Op::kPcRelative, .width = 2, .check = Check::kSigned};
      case 22:  // R_386_8
        return {.op = Op::kSymbol, .width = 1, .check = Check::kEither};
      case 23:  // R_386_PC8
        return {.op = Op::kPcRelative, .width = 1, .check = Check::kSigned};
      case 35:  // R_386_TLS_DTPMOD32
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 36:  // R_386_TLS_DTPOFF32
        return {.op = Op::kTlsOffset};
      case 37:  // R_386_TLS_TPOFF32
        return {.op = Op::kTpDistance};
      case 38:  // R_386_SIZE32
        return {.op = Op::kSize};
      case 41:  // R_386_TLS_DESC
        return {.op = Op::kTlsDesc};
      case 42:  // R_386_IRELATIVE
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

}  // namespace arch::i386
