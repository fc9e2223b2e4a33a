// SPDX-License-Identifier: BSD-2-Clause
//
// AArch64 (LP64), ELF for the Arm 64-bit Architecture 2023Q3 (AAELF64), "Relocation"; System V ABI
// for the Arm 64-bit Architecture (SYSVABI64), "Dynamic linking".
//
// Quirks: images use RELA; bfd leaves the addend of RELATIVE in the word as well, lld does not, and
// neither matters. GLOB_DAT and JUMP_SLOT are S + A. TLS is variant I behind a 16-byte control
// block. AAELF64 leaves open which of 1028 and 1029 is the module and which the offset
// (TLS_IMPDEF1, 2); every tool chain has DTPMOD first. TLS descriptors are the default access of
// its compilers. The data relocations of 16 and 32 bits take a value that fits either signed or
// unsigned. Undefined weak symbols have the address of the place in PC-relative relocations
// (AAELF64, "Weak References"). A symbol with STO_AARCH64_VARIANT_PCS (0x80 in st_other) may be
// called with live registers that a lazy binder would not save; DT_AARCH64_VARIANT_PCS announces
// such symbols. IFUNC resolvers may take a second argument, which bit 62 of the first announces
// (SYSVABI64, "GNU C Library IFUNC interface"). R_AARCH64_NULL (256) is a withdrawn spelling of
// NONE. The R_AARCH64_P32 numbers (1 to 188) belong to ILP32, an ELFCLASS32 ABI: here they are
// unknown. Images may be linked for 64 KiB pages.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/aarch64/traits/relocation_names.h"
#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/layout.h"

namespace arch::aarch64 {

struct Traits {
  using Layout = elf::Layout64Le;
  static constexpr std::string_view kName = "aarch64";
  static constexpr uint16_t kMachine = 183;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;
  static constexpr bool kWeakAtPlace = true;
  static constexpr uint64_t kResolverBlock = uint64_t{1} << 62;

  // The psABI defines no e_flags.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) { return flags == 0; }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 16;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
  };

  // DT_AARCH64_VARIANT_PCS: some PLT calls do not follow the base procedure call standard.
  struct DynamicTags {
    bool variant_calls = false;
  };
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    if (tag == 0x70000005) tags.variant_calls = true;
  }

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:    // R_AARCH64_NONE
      case 256:  // R_AARCH64_NULL
        return {.op = Op::kNone};
      case 257:  // R_AARCH64_ABS64
        return {.op = Op::kSymbol};
      case 258:  // R_AARCH64_ABS32
        return {.op = Op::kSymbol, .width = 4, .check = Check::kEither};
      case 259:  // R_AARCH64_ABS16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 260:  // R_AARCH64_PREL64
        return {.op = Op::kPcRelative};
      case 261:  // R_AARCH64_PREL32
        return {.op = Op::kPcRelative, .width = 4, .check = Check::kEither};
      case 262:  // R_AARCH64_PREL16
        return {.op = Op::kPcRelative, .width = 2, .check = Check::kEither};
      case 1024:  // R_AARCH64_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 1025:  // R_AARCH64_GLOB_DAT
        return {.op = Op::kSymbol};
      case 1026:  // R_AARCH64_JUMP_SLOT
        return {.op = Op::kJumpSlot};
      case 1027:  // R_AARCH64_RELATIVE
        return {.op = Op::kRelative};
      case 1028:  // R_AARCH64_TLS_DTPMOD64
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 1029:  // R_AARCH64_TLS_DTPREL64
        return {.op = Op::kTlsOffset};
      case 1030:  // R_AARCH64_TLS_TPREL64
        return {.op = Op::kTpOffset};
      case 1031:  // R_AARCH64_TLSDESC
        return {.op = Op::kTlsDesc};
      case 1032:  // R_AARCH64_IRELATIVE
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
              HasTls<Traits> && HasDynamicTags<Traits> && HasResolverBlock<Traits> &&
              kHasWeakAtPlace<Traits>);

}  // namespace arch::aarch64
