// SPDX-License-Identifier: BSD-2-Clause
//
// Arm (AArch32) with the EABI, ELF for the Arm Architecture 2023Q3 (AAELF32), "Relocation" and
// "Dynamic relocations"; TLS as in "Addenda to, and Errata in, the ABI for the Arm Architecture".
//
// Quirks: images use REL, so the addend is the word at the place. A TLS descriptor is the argument
// and then the function (the trampoline that linkers make calls the second word); only one that
// names no symbol has an addend, in the argument, where ld leaves the number of any other's symbol
// for lazy binding. Undefined weak symbols have the address of the place in PC-relative relocations
// (AAELF32, "Weak References"). AAELF32 writes ((S + A) | T) with T = 1 for a Thumb function:
// st_value of a dynamic symbol has that bit already, so S carries it, and an address that is to be
// read, not called, must drop it. The words of GLOB_DAT and JUMP_SLOT are not addends: a PLT slot
// holds the address of PLT entry 0. TLS is variant I behind an 8-byte control block. e_flags says
// EABI version 5; images of the older ABIs and BE8 images are refused, both float ABIs are taken (a
// caller that mixes them has to know). PC24 and its like patch instructions, that is text: refused.
// Numbers 161 to 167 belong to FDPIC, an ABI of its own; 112 to 127 are private to a vendor; 249 to
// 255 were Arm's before the EABI.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/arm/traits/relocation_names.h"
#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/layout.h"

namespace arch::arm {

struct Traits {
  using Layout = elf::Layout32Le;
  static constexpr std::string_view kName = "arm";
  static constexpr uint16_t kMachine = 40;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;
  static constexpr bool kWeakAtPlace = true;

  // EF_ARM_EABIMASK must say version 5; beside it are allowed the two float ABI bits, and that the
  // file has an entry point, which Go's linker says.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kHasEntry = 0x2;
    constexpr uint32_t kSoftFloat = 0x200;
    constexpr uint32_t kHardFloat = 0x400;
    constexpr uint32_t kEabi5 = 0x05000000;
    return (flags & ~(kHasEntry | kSoftFloat | kHardFloat)) == kEabi5;
  }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 8;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
    static constexpr bool kArgumentFirst = true;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_ARM_NONE
        return {.op = Op::kNone};
      case 2:  // R_ARM_ABS32
        return {.op = Op::kSymbol};
      case 3:  // R_ARM_REL32
        return {.op = Op::kPcRelative};
      case 5:  // R_ARM_ABS16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 8:  // R_ARM_ABS8
        return {.op = Op::kSymbol, .width = 1, .check = Check::kEither};
      case 13:  // R_ARM_TLS_DESC
        return {.op = Op::kTlsDesc};
      case 17:  // R_ARM_TLS_DTPMOD32
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 18:  // R_ARM_TLS_DTPOFF32
        return {.op = Op::kTlsOffset};
      case 19:  // R_ARM_TLS_TPOFF32
        return {.op = Op::kTpOffset};
      case 20:  // R_ARM_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 21:  // R_ARM_GLOB_DAT
        return {.op = Op::kSymbol, .addend = Addend::kIgnored};
      case 22:  // R_ARM_JUMP_SLOT
        return {.op = Op::kJumpSlot, .addend = Addend::kIgnored};
      case 23:  // R_ARM_RELATIVE
        return {.op = Op::kRelative};
      case 160:  // R_ARM_IRELATIVE
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
              HasTls<Traits> && kHasArgumentFirst<Traits> && kHasWeakAtPlace<Traits>);

}  // namespace arch::arm
