// SPDX-License-Identifier: BSD-2-Clause
//
// 64-bit Power, little endian, 64-bit ELF V2 ABI Specification 1.5, "Relocation Types", "Symbol
// Table", "Thread Local Storage ABI". What it has in common with the other ABI is in arch/power64/.
//
// Quirks: e_flags say ABI level 2 or nothing; 1 is function descriptors and refused. S is a
// function's global entry point, which finds its TOC from r12; the local entry, some instructions
// further on (bits 5 to 7 of st_other), is for calls inside one image and never what a relocation
// stores. PLT slots are addresses; those of local ifuncs are JMP_IREL, elsewhere IRELATIVE: the same
// calculation.

#pragma once

#include <cstdint>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "arch/power64/traits/relocation_names.h"
#include "arch/power64/traits/rules.h"
#include "rtld_shared/elf/layout.h"

namespace arch::powerpc64le {

struct Traits {
  using Layout = elf::Layout64Le;
  static constexpr std::string_view kName = "powerpc64le";
  static constexpr uint16_t kMachine = power64::kMachine;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;
  using Tls = power64::Tls;

  // EF_PPC64_ABI: 2 is ELFv2, 0 an image that does not say. No other bit is defined.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) {
    return flags == 0 || flags == 2;
  }

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    return power64::RuleOf(type, Op::kJumpSlot, Op::kIrelative);
  }

  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    return power64::RelocationNameOf(type);
  }
};

static_assert(ElfArch<Traits> && HasRelocationNames<Traits> && HasFlagsCheck<Traits> &&
              HasTls<Traits>);

}  // namespace arch::powerpc64le
