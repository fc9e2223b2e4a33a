// SPDX-License-Identifier: BSD-2-Clause
//
// Lookup: does this one image define the symbol, in the wanted version? The name is hashed once by
// the caller; no string of the image is read before its 31-bit hash matches.

#pragma once

#include <cstdint>
#include <type_traits>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/symtab.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/link/module.h"

namespace rtld {

// What one lookup compares in one image: names of symbols with the one that is wanted, and names of
// their versions. A hostile image may have all its symbols in one chain, with one hash and one
// name; an honest one has a few of one hash, the versions of one name, and in a chain of DT_HASH,
// which keeps no hashes, some more of one length. So there are bytes for kMost comparisons of
// kShort bytes or more, and for the more of shorter ones: as many as honest chains never have.
// Besides them, a lookup reads a few bytes for each word of the chain (hash.h).
class Comparisons {
 public:
  static constexpr size_t kLeast = 16;  // what one costs in any case
  static constexpr size_t kShort = 1024;
  static constexpr uint32_t kMost = 256;

  // False: so many bytes must not be compared any more, nor any others.
  [[nodiscard]] bool Take(size_t bytes) {
    if (bytes < kLeast) bytes = kLeast;
    if (bytes > kShort) bytes = kShort;
    if (left_ < bytes) {
      left_ = 0;
      return false;
    }
    left_ -= static_cast<uint32_t>(bytes);
    return true;
  }
  // Nothing more can be found.
  [[nodiscard]] bool spent() const { return left_ == 0; }

  // Whether the string at offset is `text`.
  [[nodiscard]] bool Equal(const StringTable& strings, uint64_t offset, std::string_view text) {
    return strings.MayEndAfter(offset, text.size()) && Take(text.size()) &&
           strings.Begins(offset, text);
  }
  [[nodiscard]] bool Equal(const Version& version, const Version& wanted) {
    return version.hash == wanted.hash && version.name.size() == wanted.name.size() &&
           Take(wanted.name.size()) && version.name == wanted.name;
  }

 private:
  uint32_t left_ = kMost * static_cast<uint32_t>(kShort);
};

struct LookupRules {
  // A versioned reference binds only to exactly that version. Otherwise images without versions,
  // and unversioned definitions, satisfy it too, as ELF's global scope has it.
  bool strict_versions = false;
  // A function that is undefined but has a value counts: it is the program's canonical PLT entry,
  // where the function's address is the same for everybody. Never for jump slots.
  bool plt_addresses = false;
};

// The version that a reference wants: none, or one by its name. When it is known which one that is in
// the image that is to provide it, a symbol of that image needs no comparison of names.
template <arch::ElfArch A>
struct Wanted {
  constexpr Wanted() = default;
  constexpr Wanted(const Version* by_name) : version(by_name) {}  // NOLINT: most know no more

  // Nobody provides what an image defines itself.
  [[nodiscard]] bool IsNeeded() const {
    return index != 0 || (version != nullptr && version->kind == Version::Kind::kNeeded);
  }
  [[nodiscard]] bool IsBase() const { return index == 0 && version != nullptr && version->base; }

  const Version* version = nullptr;
  const Module<A>* provider = nullptr;
  uint32_t index = 0;  // in the provider; 0 = not known
};

// That of symbol `index` of an image.
template <arch::ElfArch A>
[[nodiscard]] Wanted<A> WantedBy(const Module<A>& from, uint32_t index) {
  if (index >= from.dynamic.versym.size()) return {};
  const uint32_t version = from.dynamic.versym[index] & elf::kVersymIndex;
  // Without a look at the version itself if there is no need.
  const bool known = version < from.provided.size() && from.provided[version] != 0;
  Wanted<A> wanted(known ? &from.versions[version] : from.VersionOf(index));
  if (version < from.provided.size()) {
    wanted.provider = from.providers[version];
    wanted.index = from.provided[version];
  }
  return wanted;
}

// Linkers make PLT entries for symbols that are called, and those that assemblers made have no
// type. Any other type with a value is something else: a register of a CPU's ABI, a TLS offset.
template <arch::ElfArch A>
[[nodiscard]] bool IsPltAddress(const typename A::Layout::Sym& symbol) {
  if (symbol.shndx != elf::kShnUndef || symbol.value == 0) return false;
  const uint8_t type = elf::SymbolTypeOf(symbol.info);
  if (type != elf::kSttFunc && type != elf::kSttNoType) return false;
  if constexpr (arch::HasPltMark<A>) {
    return A::IsPltAddress(symbol.other);
  } else {
    return true;
  }
}

// What a symbol is for a reference: kLater only when the image has none that is kYes.
enum class Match : uint8_t { kNo, kLater, kYes };
[[nodiscard]] constexpr Match MatchIf(bool matches) { return matches ? Match::kYes : Match::kNo; }

// A reference without a version was linked before its file had any, or without it: it means what the
// file had first, which is its base definition or its first version, hidden or not (LSB Core,
// "Symbol Versioning", under "Symbol Resolution": indices 1 and 2), and a default version of later
// ones only where there is no such. Strict rules have it that it means the default.
[[nodiscard]] constexpr Match MatchOfAny(uint32_t index, bool hidden, const LookupRules& rules) {
  if (!rules.strict_versions && index <= elf::kVerNdxFirst) return Match::kYes;
  if (hidden) return Match::kNo;
  return rules.strict_versions ? Match::kYes : Match::kLater;
}

template <arch::ElfArch A>
[[nodiscard]] Match VersionMatches(const Module<A>& module, uint32_t symbol,
                                   const Wanted<A>& wanted, const LookupRules& rules,
                                   Comparisons& comparisons) {
  const bool any = wanted.version == nullptr;
  if (module.dynamic.versym.empty()) return MatchIf(any || !rules.strict_versions);
  if (symbol >= module.dynamic.versym.size()) return Match::kNo;
  const uint16_t versym = module.dynamic.versym[symbol];
  const bool hidden = (versym & elf::kVersymHidden) != 0;
  const uint32_t index = versym & elf::kVersymIndex;
  if (index == elf::kVerNdxLocal) return Match::kNo;
  if (any) return MatchOfAny(index, hidden, rules);
  if (&module == wanted.provider && index == wanted.index) return Match::kYes;
  if (index < module.versions.size()) {
    const Version& version = module.versions[index];
    // A program's copy of a variable has the version that it was copied from, which is a needed one.
    const bool has_name = version.kind == Version::Kind::kDefined ||
                          (version.kind == Version::Kind::kNeeded && !rules.strict_versions);
    if (has_name && !version.base) {
      return MatchIf(comparisons.Equal(version, *wanted.version));
    }
  }
  return MatchIf(!rules.strict_versions && !hidden);
}

// A canonical PLT entry leads to the version that the program itself wants, and is an address of no
// other one. It does for references without a version, as one that was linked without does for all.
template <arch::ElfArch A>
[[nodiscard]] bool PltVersionMatches(const Module<A>& module, uint32_t symbol,
                                     const Wanted<A>& wanted, Comparisons& comparisons) {
  if (wanted.version == nullptr) return true;
  const Version* const own = module.VersionOf(symbol);
  if (own == nullptr || own->base) return true;
  return comparisons.Equal(*own, *wanted.version);
}

// Whether symbol `index` of the image is a definition of that name and version for others. kNo,
// too, when it would have to be compared and must not be any more.
template <arch::ElfArch A>
[[nodiscard]] Match SymbolMatches(const Module<A>& module, uint32_t index, const SymbolName& name,
                                  const std::type_identity_t<Wanted<A>>& wanted,
                                  const LookupRules& rules, Comparisons& comparisons) {
  if (index >= module.dynamic.symbols.size()) return Match::kNo;
  const typename A::Layout::Sym& symbol = module.dynamic.symbols[index];
  const bool plt_address = rules.plt_addresses && IsPltAddress<A>(symbol);
  if (!plt_address && !IsExported(symbol)) return Match::kNo;
  if (!comparisons.Equal(module.dynamic.strings, symbol.name, name.text)) return Match::kNo;
  return plt_address ? MatchIf(PltVersionMatches(module, index, wanted, comparisons))
                     : VersionMatches(module, index, wanted, rules, comparisons);
}

// Of one symbol alone.
template <arch::ElfArch A>
[[nodiscard]] Match SymbolMatches(const Module<A>& module, uint32_t index, const SymbolName& name,
                                  const std::type_identity_t<Wanted<A>>& wanted,
                                  const LookupRules& rules) {
  Comparisons comparisons;
  return SymbolMatches(module, index, name, wanted, rules, comparisons);
}

// Calls visit(symbol index) for each symbol of the image whose hash may be the name's, until it
// returns true.
template <arch::ElfArch A, class Visit>
void ForEachCandidate(const Module<A>& module, const SymbolName& name, Visit&& visit) {
  if (module.dynamic.gnu_hash.present()) {
    module.dynamic.gnu_hash.Find(name.hash, visit);
  } else if (module.dynamic.sysv_hash.present()) {
    module.dynamic.sysv_hash.Find(SysvHash(name.text), visit);
  }
}

// nullptr when the image does not define it. `index`, if any, gets the symbol's index.
template <arch::ElfArch A>
[[nodiscard]] const typename A::Layout::Sym* Lookup(const Module<A>& module, const SymbolName& name,
                                                    const std::type_identity_t<Wanted<A>>& wanted,
                                                    const LookupRules& rules,
                                                    uint32_t* index = nullptr) {
  const typename A::Layout::Sym* found = nullptr;
  Comparisons comparisons;
  ForEachCandidate(module, name, [&](uint32_t i) {
    const Match matches = SymbolMatches(module, i, name, wanted, rules, comparisons);
    if (matches == Match::kNo || (matches == Match::kLater && found != nullptr)) {
      return comparisons.spent();
    }
    found = &module.dynamic.symbols[i];
    if (index != nullptr) *index = i;
    return matches == Match::kYes;
  });
  return found;
}

}  // namespace rtld
