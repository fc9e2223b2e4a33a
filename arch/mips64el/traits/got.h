// SPDX-License-Identifier: BSD-2-Clause
//
// The processor-specific dynamic tags, and the GOT, which is relocated without relocation entries
// (System V ABI MIPS RISC Processor Supplement, "Global Offset Table").
//
//   DT_PLTGOT ->  word 0                        the lazy resolver's
//                 word 1                        of the dynamic linker too, if its highest bit is
//                                               set (GNU); else as those after it
//                 ... DT_MIPS_LOCAL_GOTNO       B + word: addresses of the image
//                 a word for each symbol from DT_MIPS_GOTSYM to DT_MIPS_SYMTABNO
//                                               S; of a section symbol B + word
//
// Words of functions may hold the address of a lazy binding stub of the image; as nothing is bound
// lazily here, they are words like all others. An image with too many symbols for one GOT has more
// of them, with relocation entries.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arch/mips64el/traits/relocation_names.h"
#include "rtld_shared/elf/constants.h"

namespace arch::mips64el {

struct DynamicTags {
  bool has_got = false;
  uint64_t local_words = 0;   // DT_MIPS_LOCAL_GOTNO
  uint64_t first_symbol = 0;  // DT_MIPS_GOTSYM
  uint64_t symbols = 0;       // DT_MIPS_SYMTABNO: how many the image has
  uint64_t hash = 0;          // DT_MIPS_XHASH

  constexpr void Take(uint64_t tag, uint64_t value) {
    switch (tag) {
      case 0x7000000a:
        has_got = true;
        local_words = value;
        break;
      case 0x70000011:
        symbols = value;
        break;
      case 0x70000013:
        first_symbol = value;
        break;
      case 0x70000036:
        hash = value;
        break;
      default:
        break;
    }
  }
};

// One run over the GOT; a class only so that its steps share what they work on. Counts come from
// the file: a run ends where its words leave the segment, the local ones where they would leave its
// bytes in the file.
template <class Context>
class GotRelocation {
 public:
  using Addr = typename Context::Addr;

  explicit constexpr GotRelocation(Context& context)
      : context_(context), tags_(context.tags()), place_(context.module().dynamic.plt_got) {}

  [[nodiscard]] constexpr bool Run() {
    if (!tags_.has_got) return true;
    const auto& symbols = context_.module().dynamic.symbols;
    if (tags_.first_symbol > tags_.symbols || tags_.symbols > symbols.size()) {
      return Refuse("DT_MIPS_SYMTABNO");
    }
    if (!Locals()) return false;
    for (uint64_t i = tags_.first_symbol; i < tags_.symbols; ++i) {
      const uint8_t info = symbols[static_cast<size_t>(i)].info;
      const bool section = elf::SymbolTypeOf(info) == elf::kSttSection;
      if (!(section ? Local() : Global(static_cast<uint32_t>(i)))) return false;
    }
    return true;
  }

 private:
  static constexpr unsigned kWord = sizeof(Addr);

  // They are addresses that the link editor knew, so they stand in the file. What is zero after it
  // may be large at no cost to the file.
  [[nodiscard]] constexpr bool LocalsAreInFile() const {
    const auto* const segment = context_.module().plan.SegmentAt(place_, 0);
    if (segment == nullptr) return false;
    const uint64_t before = place_ - segment->vaddr;
    return before <= segment->filesz && tags_.local_words <= (segment->filesz - before) / kWord;
  }

  [[nodiscard]] constexpr bool Locals() {
    if (tags_.local_words > ~Addr{0} / kWord) return Refuse("DT_MIPS_LOCAL_GOTNO");
    if (!LocalsAreInFile()) return Refuse("DT_PLTGOT");
    const Addr end = place_ + tags_.local_words * kWord;
    uint64_t reserved = 1;
    if (tags_.local_words > 1) {
      bool ok = true;
      const Addr second = context_.Load(place_ + kWord, kWord, ok);
      if (!ok) return Refuse("DT_PLTGOT");
      if (second >> (8 * kWord - 1) != 0) reserved = 2;
    }
    if (tags_.local_words < reserved) reserved = tags_.local_words;
    place_ += reserved * kWord;
    while (place_ != end) {
      if (!Local()) return false;
    }
    return true;
  }

  // B + word.
  [[nodiscard]] constexpr bool Local() {
    bool ok = true;
    const Addr word = context_.Load(place_, kWord, ok);
    return ok ? Store(word + context_.bias) : Refuse("DT_PLTGOT");
  }

  // S. The place is looked at first: a count without end must not report symbols without end.
  [[nodiscard]] constexpr bool Global(uint32_t symbol) {
    bool ok = true;
    static_cast<void>(context_.Load(place_, kWord, ok));
    if (!ok) return Refuse("DT_PLTGOT");
    context_.place = place_;
    context_.type = kRel32Then64;  // which would do the same
    context_.symbol = symbol;
    const Addr value = context_.Resolve(ok);
    return ok ? Store(value) : Refuse("DT_PLTGOT with an IFUNC");
  }

  [[nodiscard]] constexpr bool Store(Addr value) {
    if (!context_.Store(place_, kWord, value)) return Refuse("DT_PLTGOT");
    place_ += kWord;
    return true;
  }

  [[nodiscard]] constexpr bool Refuse(std::string_view table) {
    context_.place = place_;
    context_.detail = table;
    return false;
  }

  Context& context_;
  const DynamicTags& tags_;
  Addr place_;
};

// The image's own GOT, before anything else is relocated. Link editors fill in what they know: of a
// symbol that the image has its address, of an undefined weak one 0.
template <class Word, class Dyn>
[[gnu::always_inline]] inline void RelocateOwnGot(uintptr_t bias, const Dyn* dynamic) {
  DynamicTags tags;
  uint64_t got = 0;
  for (; dynamic->tag != elf::kDtNull; ++dynamic) {
    const uint64_t tag = dynamic->tag;
    if (tag == elf::kDtPltGot) got = dynamic->val;
    tags.Take(tag, dynamic->val);
  }
  if (!tags.has_got) return;
  auto* const words = reinterpret_cast<Word*>(bias + got);
  const uint64_t all = tags.local_words + tags.symbols - tags.first_symbol;
  const bool both_reserved = tags.local_words > 1 && words[1] >> (8 * sizeof(Word) - 1) != 0;
  for (uint64_t i = both_reserved ? 2 : 1; i < all; ++i) {
    if (words[i] != 0) words[i] = words[i] + bias;
  }
}

template <class Context>
[[nodiscard]] constexpr bool RelocateGot(Context& context) {
  return GotRelocation<Context>(context).Run();
}

}  // namespace arch::mips64el
