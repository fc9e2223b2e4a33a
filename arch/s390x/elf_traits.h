// SPDX-License-Identifier: BSD-2-Clause
//
// IBM z/Architecture (64 bit, big endian), LINUX for zSeries ELF Application Binary Interface
// Supplement 1.02, "Relocation" and "Dynamic Linking"; TLS as in "ELF Handling For Thread-Local
// Storage", section 3.4.10.
//
// Quirks: the words of DT_HASH are 8 bytes long (Alpha is the only other such CPU): nbucket,
// nchain, buckets and chains alike; DT_GNU_HASH is as everywhere. The machine number is that of
// 31-bit images too, which the class tells apart. GLOB_DAT and JMP_SLOT are S + A. TLS is variant
// II. Addresses of instructions are even, and the relocations of relative branches count halfwords
// (the DBL types, (S + A - P) >> 1): they patch text and are refused. GNU ld has no RELR for it.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/s390x/traits/relocation_names.h"
#include "rtld_shared/elf/layout.h"

namespace arch::s390x {

struct Traits {
  struct Layout : elf::Layout64Be {
    using HashWord = AddrField;
  };
  static constexpr std::string_view kName = "s390x";
  static constexpr uint16_t kMachine = 22;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x1000;

  // EF_S390_HIGH_GPRS says of 31-bit images what these all do; Go's linker sets it.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kHighGprs = 1;
    return (flags & ~kHighGprs) == 0;
  }

  struct Tls {
    static constexpr int kVariant = 2;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_390_NONE
        return {.op = Op::kNone};
      case 1:  // R_390_8
        return {.op = Op::kSymbol, .width = 1, .check = Check::kEither};
      case 3:  // R_390_16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 4:  // R_390_32
        return {.op = Op::kSymbol, .width = 4, .check = Check::kEither};
      case 5:  // R_390_PC32
        return {.op = Op::kPcRelative, .width = 4, .check = Check::kSigned};
      case 9:  // R_390_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 10:  // R_390_GLOB_DAT
      case 22:  // R_390_64
        return {.op = Op::kSymbol};
      case 11:  // R_390_JMP_SLOT
        return {.op = Op::kJumpSlot};
      case 12:  // R_390_RELATIVE
        return {.op = Op::kRelative};
      case 16:  // R_390_PC16
        return {.op = Op::kPcRelative, .width = 2, .check = Check::kSigned};
      case 23:  // R_390_PC64
        return {.op = Op::kPcRelative};
      case 54:  // R_390_TLS_DTPMOD
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 55:  // R_390_TLS_DTPOFF
        return {.op = Op::kTlsOffset};
      case 56:  // R_390_TLS_TPOFF
        return {.op = Op::kTpOffset};
      case 61:  // R_390_IRELATIVE
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

}  // namespace arch::s390x
