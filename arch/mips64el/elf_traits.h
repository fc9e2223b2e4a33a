// SPDX-License-Identifier: BSD-2-Clause
//
// MIPS64, little endian, n64 ABI: 64-bit ELF Object File Specification (MIPS Technologies, draft
// 2.5), "Relocation" and "Global Offset Table"; System V ABI MIPS RISC Processor Supplement, "Global
// Offset Table"; TLS as in "Thread-Local Storage on MIPS"; the non-PIC ABI extension of 2008 (PLT,
// COPY) and DT_MIPS_XHASH as GNU binutils and glibc have them.
//
// Quirks, in the order in which they hurt:
//   * r_info is no number. It is r_sym (4 bytes in the file's order), r_ssym, r_type3, r_type2 and
//     r_type, a byte each in this order whatever the file's. A relocation is up to three
//     calculations, each with the result of the one before as its addend. TypeOf gives r_type in
//     the low byte, then r_type2, r_type3, r_ssym. Dynamic images have one such sequence, REL32
//     then 64: S + A, 64 bits wide; all others are unknown here.
//   * There is no RELATIVE: a REL32 that names no symbol is B + A. A 64 that names none, S = 0, leaves
//     its word: it may stand before a REL32/64 of the same place, to say how wide the addend is.
//   * The GOT (DT_PLTGOT) is relocated without entries: traits/got.h.
//   * An undefined function with a value is no canonical PLT entry but the address of the image's
//     own lazy binding stub, unless st_other has STO_MIPS_PLT.
//   * Symbols of the GOT stand last in .dynsym, in the GOT's order, so that they cannot stand in a
//     hash's. DT_MIPS_XHASH is DT_GNU_HASH with a translation behind it; DT_GNU_HASH itself is not
//     possible. Many images have DT_HASH only.
//   * Images use REL. The first entry of .rel.dyn is empty. JUMP_SLOT is S: the word at the place
//     is a PLT address for lazy binding. DT_MIPS_PLTGOT is that PLT's GOT.
//   * .dynamic is not writable: for the debugger there are DT_MIPS_RLD_MAP, the address of a word
//     to write the address of its list to, and DT_MIPS_RLD_MAP_REL, the same relative to the entry.
//   * TLS is variant I; the thread pointer stands 0x7000 past the first block and DTV entries 0x8000
//     past theirs. There is no IRELATIVE. Images may be linked for 64 KiB pages.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/mips64el/traits/got.h"
#include "arch/mips64el/traits/relocation_names.h"
#include "rtld_shared/elf/field.h"
#include "rtld_shared/elf/layout.h"

namespace arch::mips64el {

struct Traits {
  struct Layout : elf::Layout64Le {
    static constexpr bool kTranslatedHash = true;
    [[nodiscard]] static constexpr uint32_t TypeOf(Addr info) {
      return elf::ByteSwap(static_cast<uint32_t>(info >> 32));
    }
    [[nodiscard]] static constexpr uint32_t SymbolOf(Addr info) {
      return static_cast<uint32_t>(info);
    }
    [[nodiscard]] static constexpr Addr InfoOf(uint32_t symbol, uint32_t type) {
      return Addr{elf::ByteSwap(type)} << 32 | symbol;
    }
  };
  static constexpr std::string_view kName = "mips64el";
  static constexpr uint16_t kMachine = 8;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;

  // n64 is what names no other ABI: EF_MIPS_ABI2 is n32, EF_MIPS_ABI o32, o64 and EABI,
  // EF_MIPS_32BITMODE and EF_MIPS_FP64 are of o32. Images with the NaNs of IEEE 754-2008 do not
  // mix with others, nor does release 6 (level 10), whose instructions are encoded differently.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    constexpr uint32_t kAbi2 = 0x20, kAbiOn32 = 0x40, k32BitMode = 0x100, kFp64 = 0x200;
    constexpr uint32_t kNan2008 = 0x400, kAbi = 0xf000;
    if ((flags & (kAbi2 | kAbiOn32 | k32BitMode | kFp64 | kNan2008 | kAbi)) != 0) return false;
    switch (flags >> 28) {  // EF_MIPS_ARCH
      case 2:               // MIPS III
      case 3:               // MIPS IV
      case 4:               // MIPS V
      case 6:               // MIPS64
      case 8:               // MIPS64 release 2
        return true;
      default:
        return false;
    }
  }

  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = -0x7000;
    static constexpr int64_t kDtvBias = 0x8000;
  };

  using DynamicTags = mips64el::DynamicTags;
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    tags.Take(tag, value);
  }
  [[nodiscard]] static constexpr TranslatedHash HashOf(const DynamicTags& tags) {
    return {.table = tags.hash, .symbols = tags.symbols, .name = "DT_MIPS_XHASH"};
  }

  [[nodiscard]] static constexpr bool IsPltAddress(uint8_t st_other) {
    constexpr uint8_t kStoMipsPlt = 8;
    return (st_other & kStoMipsPlt) != 0;
  }

  template <class Context>
  [[nodiscard]] static constexpr bool PreRelocate(Context& context) {
    return RelocateGot(context);
  }

  template <class Dyn>
  [[gnu::always_inline]] static void RelocateOwnTables(uintptr_t bias, const Dyn* dynamic) {
    RelocateOwnGot<Layout::AddrField>(bias, dynamic);
  }

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case 0:  // R_MIPS_NONE
        return {.op = Op::kNone};
      case 2:  // R_MIPS_32
        return {.op = Op::kSymbolOrNone, .width = 4, .check = Check::kEither};
      case 3:  // R_MIPS_REL32
        return {.op = Op::kSymbolOrBase, .width = 4, .check = Check::kEither};
      case 18:  // R_MIPS_64
        return {.op = Op::kSymbolOrNone};
      case kRel32Then64:
        return {.op = Op::kSymbolOrBase};
      case 40:  // R_MIPS_TLS_DTPMOD64
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case 41:  // R_MIPS_TLS_DTPREL64
        return {.op = Op::kTlsOffset};
      case 48:  // R_MIPS_TLS_TPREL64
        return {.op = Op::kTpOffset};
      case 126:  // R_MIPS_COPY
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case 127:  // R_MIPS_JUMP_SLOT
        return {.op = Op::kJumpSlot, .addend = Addend::kIgnored};
      default:
        return RelocationNameOf(type).empty() ? Rule{} : Rule{.op = Op::kRefused};
    }
  }

  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    return RelocationNameOf(type);
  }
};

static_assert(ElfArch<Traits> && HasRelocationNames<Traits> && HasFlagsCheck<Traits> &&
              HasTls<Traits> && HasTranslatedHash<Traits> && HasPltMark<Traits>);

}  // namespace arch::mips64el
