// SPDX-License-Identifier: BSD-2-Clause
//
// The hash and version tables of an ImageBuilder's images, as bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rtld_shared/decode/symtab.h"
#include "rtld_shared/elf/constants.h"

namespace rtld::testing {

// Behind `bytes`, without alignment.
template <class T>
void AppendRaw(std::vector<std::byte>& bytes, const std::vector<T>& items) {
  const auto* raw = reinterpret_cast<const std::byte*>(items.data());
  bytes.insert(bytes.end(), raw, raw + items.size() * sizeof(T));
}
template <class T>
void AppendRaw(std::vector<std::byte>& bytes, const T& item) {
  const auto* raw = reinterpret_cast<const std::byte*>(&item);
  bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

// DT_GNU_HASH of symbols with these names, by index; those from `first` on are hashed and stand in
// the order of their buckets.
template <class L>
[[nodiscard]] std::vector<std::byte> GnuHashOf(const std::vector<std::string>& names,
                                               uint32_t first, uint32_t buckets,
                                               uint32_t bloom_words) {
  using Addr = typename L::Addr;
  using Word = typename L::Word;
  constexpr uint32_t kShift = 5;
  constexpr uint32_t kBits = 8 * sizeof(Addr);
  std::vector<Addr> bloom(bloom_words, 0);
  std::vector<Word> starts(buckets, 0u), chains, indices;
  for (uint32_t i = first; i < names.size(); ++i) {
    const uint32_t hash = SymbolName(names[i]).hash;
    bloom[hash / kBits % bloom_words] |=
        Addr{1} << (hash % kBits) | Addr{1} << ((hash >> kShift) % kBits);
    Word& start = starts[hash % buckets];
    if (start == 0) start = i;
    const bool last =
        i + 1 == names.size() || SymbolName(names[i + 1]).hash % buckets != hash % buckets;
    chains.push_back((hash & ~1u) | (last ? 1u : 0u));
    indices.push_back(i);
  }
  std::vector<std::byte> bytes;
  AppendRaw(bytes, std::vector<Word>{buckets, first, bloom_words, kShift});
  AppendRaw(bytes, std::vector<typename L::AddrField>(bloom.begin(), bloom.end()));
  AppendRaw(bytes, starts);
  AppendRaw(bytes, chains);
  if constexpr (L::kTranslatedHash) AppendRaw(bytes, indices);
  return bytes;
}

// DT_HASH of all symbols with these names, by index.
template <class L>
[[nodiscard]] std::vector<std::byte> SysvHashOf(const std::vector<std::string>& names,
                                                uint32_t buckets) {
  using HashWord = typename L::HashWord;
  std::vector<uint32_t> starts(buckets, 0), chains(names.size(), 0);
  for (uint32_t i = 1; i < names.size(); ++i) {
    uint32_t& start = starts[SysvHash(names[i]) % buckets];
    chains[i] = start;
    start = i;
  }
  std::vector<HashWord> table = {buckets, static_cast<uint32_t>(chains.size())};
  table.insert(table.end(), starts.begin(), starts.end());
  table.insert(table.end(), chains.begin(), chains.end());
  std::vector<std::byte> bytes;
  AppendRaw(bytes, table);
  return bytes;
}

// Indices of versions by their names.
using VersionNumbers = std::map<std::string, uint16_t>;

// DT_VERDEF: the base definition and these. `string(text)` gives a string's offset in DT_STRTAB.
template <class L, class String>
[[nodiscard]] std::vector<std::byte> VerdefOf(const std::string& base,
                                              const VersionNumbers& versions, String&& string) {
  struct Entry {
    typename L::Verdef def;
    typename L::Verdaux aux;
  };
  std::vector<Entry> entries;
  const auto add = [&](const std::string& name, uint16_t index, uint16_t flags) {
    Entry entry;
    entry.def.version = elf::kVerDefCurrent;
    entry.def.flags = flags;
    entry.def.ndx = index;
    entry.def.cnt = 1;
    entry.def.hash = SysvHash(name);
    entry.def.aux = sizeof(typename L::Verdef);
    entry.def.next = sizeof(Entry);
    entry.aux.name = static_cast<uint32_t>(string(name));
    entry.aux.next = 0;
    entries.push_back(entry);
  };
  add(base, 1, elf::kVerFlgBase);
  for (const auto& [name, index] : versions) add(name, index, 0);
  entries.back().def.next = 0;
  std::vector<std::byte> bytes;
  AppendRaw(bytes, entries);
  return bytes;
}

// DT_VERNEED: the versions wanted of each file; those in `weak` are flagged so.
template <class L, class String>
[[nodiscard]] std::vector<std::byte> VerneedOf(const std::map<std::string, VersionNumbers>& wanted,
                                               const std::set<std::string>& weak, String&& string) {
  std::vector<std::byte> bytes;
  size_t files = wanted.size();
  for (const auto& [file, versions] : wanted) {
    typename L::Verneed need;
    need.version = elf::kVerNeedCurrent;
    need.cnt = static_cast<uint16_t>(versions.size());
    need.file = static_cast<uint32_t>(string(file));
    need.aux = sizeof(need);
    const size_t size = sizeof(need) + versions.size() * sizeof(typename L::Vernaux);
    need.next = --files == 0 ? 0 : static_cast<uint32_t>(size);
    AppendRaw(bytes, need);
    size_t left = versions.size();
    for (const auto& [name, index] : versions) {
      typename L::Vernaux aux;
      aux.hash = SysvHash(name);
      aux.flags = weak.contains(name) ? elf::kVerFlgWeak : 0;
      aux.other = index;
      aux.name = static_cast<uint32_t>(string(name));
      aux.next = --left == 0 ? 0 : sizeof(aux);
      AppendRaw(bytes, aux);
    }
  }
  return bytes;
}

}  // namespace rtld::testing
