// SPDX-License-Identifier: BSD-2-Clause
//
// Self-relocation: the first steps of an image that runs before anybody has relocated it, the
// kernel, the boot loader or ld.elf_so.
//
//   RelocateSelf<A>(bias, dynamic)   B + A over DT_RELR, DT_RELA and DT_REL of the image at hand;
//                                    `bias` and `dynamic` are found PC-relatively by its entry code
//
// Everything here is inlined into one function that calls nothing, reads no global through the GOT,
// has no table of jumps and needs no stack protector: those are what is not yet relocated. Compile
// the unit that calls it -fno-stack-protector -fno-jump-tables (and PIE with hidden visibility),
// and call the rest of the program through AfterSelfRelocation, so that the compiler cannot move
// loads of relocated data up across it.
//
// The image may hold nothing but relative relocations; anything else traps. The link of such an
// image is checked by a test. REL and RELR are not idempotent: call once, and not at all when
// whoever loaded the image has relocated it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/link/relative.h"

namespace rtld {

// What self-relocation needs of the dynamic section; addresses are link-time ones.
struct SelfTables {
  uint64_t rela = 0, relasz = 0;
  uint64_t rel = 0, relsz = 0;
  uint64_t relr = 0, relrsz = 0;
  uint64_t pltrelsz = 0;
};

template <arch::ElfArch A>
[[gnu::always_inline]] inline SelfTables ReadSelfTables(const typename A::Layout::Dyn* dynamic) {
  SelfTables tables;
  for (; dynamic->tag != elf::kDtNull; ++dynamic) {
    const uint64_t tag = dynamic->tag, value = dynamic->val;
    // Comparisons, not a switch: that could become a table.
    if (tag == elf::kDtRela) tables.rela = value;
    if (tag == elf::kDtRelaSz) tables.relasz = value;
    if (tag == elf::kDtRel) tables.rel = value;
    if (tag == elf::kDtRelSz) tables.relsz = value;
    if (tag == elf::kDtRelr) tables.relr = value;
    if (tag == elf::kDtRelrSz) tables.relrsz = value;
    if (tag == elf::kDtPltRelSz) tables.pltrelsz = value;
  }
  return tables;
}

namespace internal {

// The type that adds the bias to a whole word: if it names no symbol, on CPUs without RELATIVE.
template <arch::ElfArch A>
[[nodiscard]] consteval std::optional<uint32_t> BaseType() {
  if (RelativeType<A>().has_value()) return RelativeType<A>();
  for (uint32_t type = 0; type < 0x10000; ++type) {
    if (A::RuleFor(type) == arch::Rule{.op = arch::Op::kSymbolOrBase}) return type;
  }
  return std::nullopt;
}

// False for an entry that does nothing; traps for one that does something else.
template <arch::ElfArch A>
[[nodiscard, gnu::always_inline]] inline bool AddsBias(typename A::Layout::Addr info) {
  using L = typename A::Layout;
  if constexpr (RelativeType<A>().has_value()) {
    if (L::TypeOf(info) != *BaseType<A>()) __builtin_trap();
  } else {
    // GNU ld begins such tables with an entry of type 0, which is NONE with all CPUs.
    if (info == 0) return false;
    if (L::TypeOf(info) != *BaseType<A>() || L::SymbolOf(info) != 0) __builtin_trap();
  }
  return true;
}

}  // namespace internal

// The image is native and where it runs: a run-time address is a pointer, and each place a word.
template <arch::ElfArch A>
[[gnu::always_inline]] inline void RelocateSelf(uintptr_t bias,
                                                const typename A::Layout::Dyn* dynamic) {
  using L = typename A::Layout;
  using Addr = typename L::Addr;
  static_assert(sizeof(Addr) == sizeof(uintptr_t) || sizeof(uintptr_t) > sizeof(Addr));
  static_assert(internal::BaseType<A>().has_value(), "this CPU has no way to add the bias");
  const SelfTables tables = ReadSelfTables<A>(dynamic);
  if (tables.pltrelsz != 0) __builtin_trap();

  // 1. DT_RELR, which is independent of the other tables.
  const auto* relr = reinterpret_cast<const typename L::Relr*>(bias + tables.relr);
  const auto* relr_end = relr + tables.relrsz / sizeof(*relr);
  auto* next = reinterpret_cast<typename L::AddrField*>(bias);
  for (; relr != relr_end; ++relr) {
    const Addr entry = *relr;
    if ((entry & 1) == 0) {
      next = reinterpret_cast<typename L::AddrField*>(bias + entry);
      *next = static_cast<Addr>(next->get() + bias);
      ++next;
      continue;
    }
    auto* place = next;
    for (Addr bits = entry >> 1; bits != 0; bits >>= 1, ++place) {
      if ((bits & 1) != 0) *place = static_cast<Addr>(place->get() + bias);
    }
    next += 8 * sizeof(Addr) - 1;
  }

  // 2. DT_RELA: B + A. Even with bias 0, as the words may hold 0 until now.
  const auto* rela = reinterpret_cast<const typename L::Rela*>(bias + tables.rela);
  const auto* rela_end = rela + tables.relasz / sizeof(*rela);
  for (; rela != rela_end; ++rela) {
    if (!internal::AddsBias<A>(rela->info)) continue;
    *reinterpret_cast<typename L::AddrField*>(bias + rela->offset) =
        static_cast<Addr>(bias + rela->addend);
  }

  // 3. DT_REL: B + A with A in place.
  const auto* rel = reinterpret_cast<const typename L::Rel*>(bias + tables.rel);
  const auto* rel_end = rel + tables.relsz / sizeof(*rel);
  for (; rel != rel_end; ++rel) {
    if (!internal::AddsBias<A>(rel->info)) continue;
    auto* place = reinterpret_cast<typename L::AddrField*>(bias + rel->offset);
    *place = static_cast<Addr>(place->get() + bias);
  }

  // 4. What has no relocation entries.
  if constexpr (requires { A::RelocateOwnTables(bias, dynamic); }) {
    A::RelocateOwnTables(bias, dynamic);
  }
}

// Runs the rest of the program: stage(argument). Not inlined, and behind a fence, so nothing that
// `stage` reads can have been loaded before the relocation.
template <class Stage, class Argument>
[[gnu::noinline]] void AfterSelfRelocation(Stage&& stage, Argument argument) {
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  stage(argument);
}

}  // namespace rtld
