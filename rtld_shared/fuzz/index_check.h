// SPDX-License-Identifier: BSD-2-Clause
//
// IndexCheck: what a client with dlopen and dlclose does with its index, over images that are linked.
// Each in turn is removed and added again, behind the others, and at last they go one by one; the
// index must answer all along as a walk of what is there.
//
// An image whose hash table contradicts itself is left out: a walk misses symbols of it which an
// index knows.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/fuzz/seams.h"
#include "rtld_shared/link/scope_index.h"

namespace rtld::fuzz {

// Whether each symbol that the hash table has is found in it by its name.
template <arch::ElfArch A>
class HashAgrees {
 public:
  [[nodiscard]] static bool In(const Module<A>* module) {
    const DynamicInfo<A>& dynamic = module->dynamic;
    return dynamic.gnu_hash.present()
               ? Agrees(*module, dynamic.gnu_hash,
                        [](std::string_view name) { return SymbolName(name).hash; })
               : Agrees(*module, dynamic.sysv_hash, SysvHash);
  }

 private:
  template <class Table, class Hash>
  [[nodiscard]] static bool Agrees(const Module<A>& module, const Table& table, Hash&& hash) {
    constexpr size_t kMost = 256;  // of more it is not known
    std::vector<uint32_t> seen;
    bool agrees = true;
    table.ForEach([&](uint32_t symbol, auto...) {
      agrees = agrees && seen.size() < kMost && symbol < module.dynamic.symbols.size() &&
               std::find(seen.begin(), seen.end(), symbol) == seen.end();
      if (!agrees) return;
      seen.push_back(symbol);
      agrees = false;
      table.Find(hash(module.NameOf(module.dynamic.symbols[symbol])), [&](uint32_t found) {
        agrees = found == symbol;
        return agrees;
      });
    });
    return agrees;
  }
};

template <arch::ElfArch A>
class IndexCheck {
 public:
  // `linked`: nothing is written into them any more.
  static void Run(FuzzArena& arena, std::span<Module<A>* const> linked) {
    IndexCheck check(arena);
    for (Module<A>* module : linked) {
      if (check.there_.size() < kMostImages && HashAgrees<A>::In(module)) check.Add(module);
    }
    check.all_ = check.there_;
    for (Module<A>* module : check.all_) {
      check.Remove(module);
      check.Add(module);
    }
    while (!check.there_.empty()) check.Remove(check.there_[check.there_.size() / 2]);
  }

 private:
  static constexpr size_t kMostImages = 6;
  static constexpr size_t kMostSymbols = 256;  // that are asked for, of each image

  explicit IndexCheck(FuzzArena& arena) : arena_(arena) {}
  ~IndexCheck() { index_.Clear(arena_); }

  // Without memory it is not there, and the others are.
  void Add(Module<A>* module) {
    Module<A>* const one[] = {module};
    if (index_.Add(arena_, one)) there_.push_back(module);
    Compare();
  }
  void Remove(Module<A>* module) {
    Module<A>* const one[] = {module};
    index_.Remove(one);
    std::erase(there_, module);
    Compare();
  }

  void Compare() const {
    for (const Module<A>* from : all_) {
      const size_t symbols = std::min<size_t>(from->dynamic.symbols.size(), kMostSymbols);
      for (uint32_t i = 0; i < symbols; ++i) {
        const auto& symbol = from->dynamic.symbols[i];
        for (const bool copy : {false, true}) {
          Ask(ProgramQuery<A>({*from, i, symbol, /*jump_slot=*/i % 2 == 0, copy}));
        }
      }
    }
  }
  void Ask(const ProgramQuery<A>& query) const {
    if (query.own() || query.name().text.empty()) return;
    Definition<A> by_index, by_walk;
    const bool found = index_.Find(query, by_index);
    const bool walked = SearchInOrder<A>(there_, query, by_walk);
    Require(found == walked && (!found || (by_index.module == by_walk.module &&
                                           by_index.symbol == by_walk.symbol)),
            "an index answers as a walk of what was added and not removed");
  }

  FuzzArena& arena_;
  ScopeIndex<A> index_;
  std::vector<Module<A>*> all_;    // that were there at first
  std::vector<Module<A>*> there_;  // in the order of adding
};

}  // namespace rtld::fuzz
