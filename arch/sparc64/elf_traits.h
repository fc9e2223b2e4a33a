// SPDX-License-Identifier: BSD-2-Clause
//
// 64-bit SPARC V9, big endian, SPARC Compliance Definition 2.4.1, "Relocation Types", "Procedure
// Linkage Table (64-bit)"; TLS as in "ELF Handling For Thread-Local Storage", sections 3.4.4 and 4.
//
// Quirks: of the lower half of r_info only 8 bits are the type; the other 24 are a second addend O,
// which OLO10 alone uses. PLT entries are code that linking writes (traits/plt.h): every image with
// one has a segment that is writable and executable, so that a client without such segments refuses
// it; kernels need modules that call through pointers. Relocations of parts of instructions
// (traits/split_fields.h) are applied where the place may be written. GOT, PLT and TLS code sequences
// are the static linker's; GNU ld leaves TLS_LE_HIX22 and TLS_LE_LOX10 to dynamic linking in shared
// objects whose code is not for such: refused, as parts of offsets from the thread pointer. UA types are the same at places of any alignment. REGISTER and symbols of
// type STT_SPARC_REGISTER, which are undefined and mostly nameless, say how global registers are
// used: nothing to resolve; as a relocation, to set a register before a program starts, it is refused.
// TLS is variant II. Far PLT slots of local ifuncs are IRELATIVE, near ones JMP_IREL. Kernels have
// 8 KiB pages; images are linked for 1 MiB.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/sparc64/traits/plt.h"
#include "arch/sparc64/traits/relocation_names.h"
#include "arch/sparc64/traits/split_fields.h"
#include "rtld_shared/elf/layout.h"

namespace arch::sparc64 {

struct Traits {
  struct Layout : elf::Layout64Be {
    [[nodiscard]] static constexpr uint32_t TypeOf(Addr info) {
      return static_cast<uint32_t>(info & 0xff);
    }
  };
  static constexpr std::string_view kName = "sparc64";
  static constexpr uint16_t kMachine = 43;
  static constexpr uint64_t kPageSize = 0x2000;
  static constexpr uint64_t kMaxPageSize = 0x100000;
  static constexpr bool kWritablePlt = true;

  // Bits 0 and 1 are the memory model that the code bears (TSO, PSO, RMO); Sun's extensions of
  // UltraSPARC I and III are everybody's by now. Those of HAL, 32-bit images with V9 instructions
  // (V8+) and little-endian data are not.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kMemoryModel = 3, kSunUs1 = 0x200, kSunUs3 = 0x800;
    return (flags & ~(kMemoryModel | kSunUs1 | kSunUs3)) == 0 && (flags & kMemoryModel) != 3;
  }

  struct Tls {
    static constexpr int kVariant = 2;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_SPARC_NONE
        return {.op = Op::kNone};
      case 1:  // R_SPARC_8
        return {.op = Op::kSymbol, .width = 1, .check = Check::kEither};
      case 2:   // R_SPARC_16
      case 55:  // R_SPARC_UA16
        return {.op = Op::kSymbol, .width = 2, .check = Check::kEither};
      case 3:   // R_SPARC_32
      case 23:  // R_SPARC_UA32
        return {.op = Op::kSymbol, .width = 4, .check = Check::kEither};
      case 4:  // R_SPARC_DISP8
        return {.op = Op::kPcRelative, .width = 1, .check = Check::kSigned};
      case 5:  // R_SPARC_DISP16
        return {.op = Op::kPcRelative, .width = 2, .check = Check::kSigned};
      case 6:  // R_SPARC_DISP32
        return {.op = Op::kPcRelative, .width = 4, .check = Check::kSigned};
      case 19:  // R_SPARC_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 20:  // R_SPARC_GLOB_DAT
      case 32:  // R_SPARC_64
      case 54:  // R_SPARC_UA64
        return {.op = Op::kSymbol};
      case 21:  // R_SPARC_JMP_SLOT
        return {.op = Op::kJumpSlot};
      case 22:  // R_SPARC_RELATIVE
        return {.op = Op::kRelative};
      case 46:  // R_SPARC_DISP64
        return {.op = Op::kPcRelative};
      case 75:  // R_SPARC_TLS_DTPMOD64
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 77:  // R_SPARC_TLS_DTPOFF64
        return {.op = Op::kTlsOffset};
      case 79:  // R_SPARC_TLS_TPOFF64
        return {.op = Op::kTpOffset};
      case 86:  // R_SPARC_SIZE32
        return {.op = Op::kSize, .width = 4, .check = Check::kUnsigned};
      case 87:  // R_SPARC_SIZE64
        return {.op = Op::kSize};
      case 248:  // R_SPARC_JMP_IREL
        return {.op = Op::kIrelativeSlot};
      case 249:  // R_SPARC_IRELATIVE
        return {.op = Op::kIrelative};
      default:
        if (SplitFieldOf(type).bits != 0) return {.op = Op::kCustom, .width = 4};
        return RelocationNameOf(type).empty() ? Rule{} : Rule{.op = Op::kRefused};
    }
  }

  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    return RelocationNameOf(type);
  }

  template <class Context>
  [[nodiscard]] static constexpr bool ApplyCustom(Context& context) {
    return ApplySplitField(context);
  }

  template <class Context>
  [[nodiscard]] static constexpr bool StoreSlot(Context& context) {
    return StorePltEntry(context);
  }
};

static_assert(ElfArch<Traits> && HasRelocationNames<Traits> && HasFlagsCheck<Traits> &&
              HasTls<Traits> && HasSlots<Traits> && kHasWritablePlt<Traits>);

}  // namespace arch::sparc64
