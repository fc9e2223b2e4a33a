// SPDX-License-Identifier: BSD-2-Clause
//
// 64-bit Power, big endian, 64-bit PowerPC ELF Application Binary Interface Supplement 1.9 (ELFv1),
// "Function Descriptors", "Relocation Types", "Procedure Linkage Table", "Dynamic Section". What it
// has in common with the other ABI is in arch/power64/.
//
// Quirks: e_flags say ABI level 1 or nothing; 2 is refused. The address of a function is that of its
// descriptor in .opd, which is data: three doublewords, of the code's address, its TOC's and an
// environment, the first two of them RELATIVE. e_entry, DT_INIT, init-array entries, STT_FUNC symbols
// and IFUNC resolvers are such addresses. A PLT slot (JMP_SLOT) is a copy of the descriptor at
// S + A, made when the image that has it is relocated; JMP_IREL is a slot with a copy of the one
// whose address a resolver returned, IRELATIVE that address itself. A slot of an undefined weak
// function is zero. Linkers may let descriptors overlap in the third doubleword, which C does not
// use. The TOC pointer is 0x8000 past the TOC's start, behind a small image. DT_PPC64_OPD and DT_PPC64_OPDSZ say where descriptors are, to who wants to list them (GNU ld
// no longer makes them); DT_PPC64_GLINK and DT_PPC64_OPT are for lazy binding. They are kept in the
// module record; nothing here needs them.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/power64/traits/relocation_names.h"
#include "arch/power64/traits/rules.h"
#include "rtld_shared/elf/layout.h"

namespace arch::powerpc64 {

struct Traits {
  using Layout = elf::Layout64Be;
  static constexpr std::string_view kName = "powerpc64";
  static constexpr uint16_t kMachine = power64::kMachine;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;
  static constexpr uint64_t kDescriptorSize = 24;
  static constexpr uint64_t kPointerReach = 0x8000;
  using Tls = power64::Tls;

  // EF_PPC64_ABI: 1 is ELFv1, 0 an image that does not say. No other bit is defined.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    return flags == 0 || flags == 1;
  }

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    return power64::RuleOf(type, Op::kJumpSlot, Op::kIrelativeSlot);
  }

  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    return power64::RelocationNameOf(type);
  }

  // What lazy binding and GDB want to know; bits of DT_PPC64_OPT: 1 an optimised call of
  // __tls_get_addr, 2 several TOCs.
  struct DynamicTags {
    uint64_t glink = 0;
    uint64_t descriptors = 0;
    uint64_t descriptors_size = 0;
    uint64_t options = 0;
  };
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    switch (tag) {
      case 0x70000000:  // DT_PPC64_GLINK
        tags.glink = value;
        break;
      case 0x70000001:  // DT_PPC64_OPD
        tags.descriptors = value;
        break;
      case 0x70000002:  // DT_PPC64_OPDSZ
        tags.descriptors_size = value;
        break;
      case 0x70000003:  // DT_PPC64_OPT
        tags.options = value;
        break;
      default:
        break;
    }
  }

  template <class Context>
  [[nodiscard]] static constexpr bool StoreSlot(Context& context) {
    const uint64_t descriptor = context.target + context.addend;
    for (unsigned at = 0; at < kDescriptorSize; at += 8) {
      bool ok = true;
      const uint64_t word = context.target != 0 ? context.Fetch(descriptor + at, ok) : 0;
      if (!ok || !context.Store(context.place + at, 8, word)) return false;
    }
    return true;
  }
};

static_assert(ElfArch<Traits> && HasRelocationNames<Traits> && HasFlagsCheck<Traits> &&
              HasTls<Traits> && HasDynamicTags<Traits> && HasDescriptors<Traits> &&
              HasSlots<Traits>);

}  // namespace arch::powerpc64
