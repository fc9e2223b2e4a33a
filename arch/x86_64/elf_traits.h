// SPDX-License-Identifier: BSD-2-Clause
//
// x86-64 (LP64), System V ABI, AMD64 Architecture Processor Supplement 1.0, table 4.9.
//
// Quirks: dynamic images use RELA only, so the bytes at the place never matter. GLOB_DAT and
// JUMP_SLOT have no addend (S). TLS is variant II: blocks lie below the thread pointer. R_X86_64_32
// and PC32 appear in dynamic images of code that was not compiled PIC and are range-checked. The
// x32 ABI (ELFCLASS32 with this e_machine) is refused by its class.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/layout.h"

namespace arch::x86_64 {

struct Traits {
  using Layout = elf::Layout64Le;
  static constexpr std::string_view kName = "x86_64";
  static constexpr uint16_t kMachine = 62;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x200000;

  // e_flags has no processor-specific bits.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) { return flags == 0; }

  struct Tls {
    static constexpr int kVariant = 2;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
  };

  struct Entry {
    std::string_view name;
    Rule rule;
  };

  [[nodiscard]] static constexpr Entry EntryFor(uint32_t type) {
    constexpr Rule kLinkOnly = {.op = Op::kRefused};
    switch (type) {
      case 0:
        return {"R_X86_64_NONE", {.op = Op::kNone}};
      case 1:
        return {"R_X86_64_64", {.op = Op::kSymbol}};
      case 2:
        return {"R_X86_64_PC32", {.op = Op::kPcRelative, .width = 4, .check = Check::kSigned}};
      case 3:
        return {"R_X86_64_GOT32", kLinkOnly};
      case 4:
        return {"R_X86_64_PLT32", kLinkOnly};
      case 5:
        return {"R_X86_64_COPY", {.op = Op::kCopy, .addend = Addend::kIgnored}};
      case 6:
        return {"R_X86_64_GLOB_DAT", {.op = Op::kSymbol, .addend = Addend::kIgnored}};
      case 7:
        return {"R_X86_64_JUMP_SLOT", {.op = Op::kJumpSlot, .addend = Addend::kIgnored}};
      case 8:
        return {"R_X86_64_RELATIVE", {.op = Op::kRelative}};
      case 9:
        return {"R_X86_64_GOTPCREL", kLinkOnly};
      case 10:
        return {"R_X86_64_32", {.op = Op::kSymbol, .width = 4, .check = Check::kUnsigned}};
      case 11:
        return {"R_X86_64_32S", {.op = Op::kSymbol, .width = 4, .check = Check::kSigned}};
      case 12:
        return {"R_X86_64_16", {.op = Op::kSymbol, .width = 2, .check = Check::kUnsigned}};
      case 13:
        return {"R_X86_64_PC16", {.op = Op::kPcRelative, .width = 2, .check = Check::kSigned}};
      case 14:
        return {"R_X86_64_8", {.op = Op::kSymbol, .width = 1, .check = Check::kUnsigned}};
      case 15:
        return {"R_X86_64_PC8", {.op = Op::kPcRelative, .width = 1, .check = Check::kSigned}};
      case 16:
        return {"R_X86_64_DTPMOD64", {.op = Op::kTlsModule, .addend = Addend::kIgnored}};
      case 17:
        return {"R_X86_64_DTPOFF64", {.op = Op::kTlsOffset}};
      case 18:
        return {"R_X86_64_TPOFF64", {.op = Op::kTpOffset}};
      case 19:
        return {"R_X86_64_TLSGD", kLinkOnly};
      case 20:
        return {"R_X86_64_TLSLD", kLinkOnly};
      case 21:
        return {"R_X86_64_DTPOFF32", {.op = Op::kTlsOffset, .width = 4, .check = Check::kSigned}};
      case 22:
        return {"R_X86_64_GOTTPOFF", kLinkOnly};
      case 23:
        return {"R_X86_64_TPOFF32", {.op = Op::kTpOffset, .width = 4, .check = Check::kSigned}};
      case 24:
        return {"R_X86_64_PC64", {.op = Op::kPcRelative}};
      case 25:
        return {"R_X86_64_GOTOFF64", kLinkOnly};
      case 26:
        return {"R_X86_64_GOTPC32", kLinkOnly};
      case 27:
        return {"R_X86_64_GOT64", kLinkOnly};
      case 28:
        return {"R_X86_64_GOTPCREL64", kLinkOnly};
      case 29:
        return {"R_X86_64_GOTPC64", kLinkOnly};
      case 30:
        return {"R_X86_64_GOTPLT64", kLinkOnly};
      case 31:
        return {"R_X86_64_PLTOFF64", kLinkOnly};
      case 32:
        return {"R_X86_64_SIZE32", {.op = Op::kSize, .width = 4, .check = Check::kUnsigned}};
      case 33:
        return {"R_X86_64_SIZE64", {.op = Op::kSize}};
      case 34:
        return {"R_X86_64_GOTPC32_TLSDESC", kLinkOnly};
      case 35:
        return {"R_X86_64_TLSDESC_CALL", kLinkOnly};
      case 36:
        return {"R_X86_64_TLSDESC", {.op = Op::kTlsDesc}};
      case 37:
        return {"R_X86_64_IRELATIVE", {.op = Op::kIrelative}};
      case 38:
        // Only x32 has it: there an address is narrower than the place.
        return {"R_X86_64_RELATIVE64", kLinkOnly};
      case 41:
        return {"R_X86_64_GOTPCRELX", kLinkOnly};
      case 42:
        return {"R_X86_64_REX_GOTPCRELX", kLinkOnly};
      default:
        return {};
    }
  }

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) { return EntryFor(type).rule; }
  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    return EntryFor(type).name;
  }
};

static_assert(ElfArch<Traits> && HasRelocationNames<Traits> && HasFlagsCheck<Traits> &&
              HasTls<Traits>);

}  // namespace arch::x86_64
