// SPDX-License-Identifier: BSD-2-Clause
//
// Machine<layout>: whose images the fuzzers take, by the number that an input gives (input.h). The
// exemplar in its four layouts, and two more that have what only some CPUs have:
//
//   kWideHash     64 bits, big endian: words of DT_HASH have 8 bytes
//   kDescribed    64 bits, little endian: a translated hash, functions with descriptors, PLT slots of
//                 two words, a table that is relocated without relocation entries, TLS descriptors
//                 with the argument first, and undefined weak symbols at the place

#pragma once

#include <cstdint>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/layout.h"
#include "rtld_shared/fuzz/input.h"

namespace rtld::fuzz {

struct WideHashLayout : elf::Layout64Be {
  using HashWord = AddrField;
};

struct TranslatedLayout : elf::Layout64Le {
  static constexpr bool kTranslatedHash = true;
};

struct Described : arch::Exemplar<TranslatedLayout> {
  static constexpr uint64_t kDescriptorSize = 2 * sizeof(Addr);
  static constexpr bool kWritablePlt = true;
  static constexpr bool kWeakAtPlace = true;
  static constexpr uint32_t kIrelativeSlot = 19;

  struct Tls : Exemplar::Tls {
    static constexpr bool kArgumentFirst = true;
  };

  [[nodiscard]] static constexpr arch::Rule RuleFor(uint32_t type) {
    if (type == kIrelativeSlot) return {.op = arch::Op::kIrelativeSlot};
    return Exemplar::RuleFor(type);
  }

  struct DynamicTags {
    uint64_t hash = 0, symbols = 0, table = 0;
  };
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    if (tag == kDtHashOfMachine) tags.hash = value;
    if (tag == kDtSymbolsOfMachine) tags.symbols = value;
    if (tag == kDtTableOfMachine) tags.table = value;
  }
  [[nodiscard]] static constexpr arch::TranslatedHash HashOf(const DynamicTags& tags) {
    return {.table = tags.hash, .symbols = tags.symbols};
  }

  // A slot is a copy of the function's descriptor.
  template <class Context>
  [[nodiscard]] static constexpr bool StoreSlot(Context& context) {
    for (unsigned at = 0; at < kDescriptorSize; at += sizeof(Addr)) {
      bool ok = true;
      const Addr from = context.target + context.addend + at;
      const Addr word = context.target != 0 ? context.Fetch(from, ok) : 0;
      if (!ok || !context.Store(context.place + at, sizeof(Addr), word)) return false;
    }
    return true;
  }

  // The table: pairs of a symbol's index and a word that becomes its address, up to an index 0.
  template <class Context>
  [[nodiscard]] static constexpr bool PreRelocate(Context& context) {
    bool ok = true;
    for (Addr at = context.tags().table; at != 0; at += 2 * sizeof(Addr)) {
      const Addr symbol = context.Load(at, sizeof(Addr), ok);
      context.place = at + sizeof(Addr);
      context.detail = "table of symbols";
      if (!ok) return false;
      if (symbol == 0) break;
      context.type = kSymbol;
      context.symbol = static_cast<uint32_t>(symbol);
      const Addr value = context.Resolve(ok);
      if (!ok || !context.Store(context.place, sizeof(Addr), value)) return false;
    }
    return true;
  }
};

static_assert(arch::HasTranslatedHash<Described> && arch::HasDescriptors<Described> &&
              arch::HasSlots<Described>);

// Calls use.template operator()<Machine>() for the layout.
template <class Use>
auto WithMachine(unsigned layout, Use&& use) {
  switch (layout) {
    case 0:
      return use.template operator()<arch::Exemplar<elf::Layout32Le>>();
    case 1:
      return use.template operator()<arch::Exemplar<elf::Layout64Le>>();
    case 2:
      return use.template operator()<arch::Exemplar<elf::Layout32Be>>();
    case kDescribed:
      return use.template operator()<Described>();
    case kWideHash:
      return use.template operator()<arch::Exemplar<WideHashLayout>>();
    default:
      return use.template operator()<arch::Exemplar<elf::Layout64Be>>();
  }
}

}  // namespace rtld::fuzz
