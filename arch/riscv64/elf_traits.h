// SPDX-License-Identifier: BSD-2-Clause
//
// RISC-V (RV64), RISC-V ELF psABI 1.0, "Relocations", "Thread Local Storage" and "File Header".
//
// Quirks: images use RELA. There is no GLOB_DAT: GOT entries are R_RISCV_64. JUMP_SLOT is S without
// an addend. TLS is variant I with the thread pointer at the end of the control block, that is at
// the first TLS block; entries of the DTV point 0x800 into their block, so that a 12-bit
// displacement reaches all of it, and DTPREL64 is S + A - 0x800. The 32-bit TLS numbers are RV32's.
// ADDn, SUBn and SETn are pairs that only a static linker can compute. e_flags names the float ABI
// (any is taken; the kernel's own images are soft) and RVE, a register file of 16, which is another
// ABI and refused. STO_RISCV_VARIANT_CC (0x80 in st_other) and DT_RISCV_VARIANT_CC mark functions
// that a lazy binder must not stand in front of.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/riscv64/traits/relocation_names.h"
#include "rtld_shared/elf/layout.h"

namespace arch::riscv64 {

struct Traits {
  using Layout = elf::Layout64Le;
  static constexpr std::string_view kName = "riscv64";
  static constexpr uint16_t kMachine = 243;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x1000;

  // Bits 0 (compressed code), 1 and 2 (float ABI) and 4 (total store order) are known and harmless.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kRvc = 0x1;
    constexpr uint32_t kFloatAbi = 0x6;
    constexpr uint32_t kTso = 0x10;
    return (flags & ~(kRvc | kFloatAbi | kTso)) == 0;
  }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0x800;
  };

  // DT_RISCV_VARIANT_CC: some PLT calls do not follow the standard calling convention.
  struct DynamicTags {
    bool variant_calls = false;
  };
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    if (tag == 0x70000001) tags.variant_calls = true;
  }

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_RISCV_NONE
        return {.op = Op::kNone};
      case 1:  // R_RISCV_32
        return {.op = Op::kSymbol, .width = 4, .check = Check::kEither};
      case 2:  // R_RISCV_64
        return {.op = Op::kSymbol};
      case 3:  // R_RISCV_RELATIVE
        return {.op = Op::kRelative};
      case 4:  // R_RISCV_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 5:  // R_RISCV_JUMP_SLOT
        return {.op = Op::kJumpSlot, .addend = Addend::kIgnored};
      case 7:  // R_RISCV_TLS_DTPMOD64
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 9:  // R_RISCV_TLS_DTPREL64
        return {.op = Op::kTlsOffset};
      case 11:  // R_RISCV_TLS_TPREL64
        return {.op = Op::kTpOffset};
      case 12:  // R_RISCV_TLSDESC
        return {.op = Op::kTlsDesc};
      case 58:  // R_RISCV_IRELATIVE
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
              HasTls<Traits> && HasDynamicTags<Traits>);

}  // namespace arch::riscv64
