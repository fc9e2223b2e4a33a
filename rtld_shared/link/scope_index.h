// SPDX-License-Identifier: BSD-2-Clause
//
// ScopeIndex: one hash table over all images of a program's scope, so that the cost of a lookup
// does not grow with their number.
//
// It is filled in scope order from the chain words of each DT_GNU_HASH: 31 bits of each symbol's
// hash are there already, so building reads no string and no symbol. An image with only DT_HASH has
// its names hashed. Probing is linear and nothing is ever removed, so definitions of one name are
// met in the order of the scope; each candidate is checked by the same SymbolMatches as a walk
// would do, versions included. The answer is always that of ProgramScope.
//
// IndexedScope is a Scope that builds the index when that pays: when images times expected lookups
// exceed some multiple of the symbols to be entered. Without memory for it, or for a small program,
// it walks like ProgramScope.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/lookup.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

// How many definitions an image may offer, from its hash tables.
template <arch::ElfArch A>
[[nodiscard]] uint32_t DefinedCount(const Module<A>& module) {
  if (module.dynamic.gnu_hash.present()) {
    const uint32_t all = module.dynamic.gnu_hash.SymbolCount();
    const uint32_t first = module.dynamic.gnu_hash.first_hashed();
    return all > first ? all - first : 0;
  }
  return module.dynamic.SymbolCount();
}

template <arch::ElfArch A>
class ScopeIndex {
 public:
  // Room for `symbols` definitions. False: no memory, or more than fit; the index stays absent.
  template <Arena R>
  [[nodiscard]] bool Reserve(R& arena, uint64_t symbols) {
    constexpr uint64_t kMost = uint64_t{1} << 28;
    if (symbols > kMost) return false;
    // At most half full: short probes, and a free slot to end each.
    size_t size = 16;
    while (size < 2 * (symbols + 1)) size *= 2;
    slots_ = AllocateArray<Slot>(arena, size);
    return !slots_.empty();
  }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, slots_);
    used_ = 0;
  }

  [[nodiscard]] bool present() const { return !slots_.empty(); }

  // Behind all that was added before. `module` must stay where it is. False when the image has more
  // symbols than it said when room was reserved.
  [[nodiscard]] bool Add(const Module<A>& module) {
    bool fits = true;
    if (module.dynamic.gnu_hash.present()) {
      module.dynamic.gnu_hash.ForEach(
          [&](uint32_t symbol, uint32_t hash) { fits = fits && Put(module, symbol, hash | 1); });
      return fits;
    }
    const uint32_t count = module.dynamic.SymbolCount();
    for (uint32_t i = 1; fits && i < count; ++i) {
      const SymbolName name(module.NameOf(module.dynamic.symbols[i]));
      fits = Put(module, i, name.hash | 1);
    }
    return fits;
  }

  [[nodiscard]] bool Find(const ProgramQuery<A>& query, Definition<A>& definition) const {
    const uint32_t key = query.name().hash | 1;
    for (size_t i = Start(key); slots_[i].key != 0; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.key != key || slot.module == query.skip()) continue;
      if (!SymbolMatches(*slot.module, slot.symbol, query.name(), query.wanted(), query.rules())) {
        continue;
      }
      definition = {slot.module, &slot.module->dynamic.symbols[slot.symbol]};
      return true;
    }
    return false;
  }

 private:
  struct Slot {
    const Module<A>* module = nullptr;
    uint32_t symbol = 0;
    uint32_t key = 0;  // the hash with its lowest bit set; 0 = free
  };

  // The low bits of a GNU hash hold little but the name's last letters: spread all of it.
  [[nodiscard]] size_t Start(uint32_t key) const {
    return static_cast<size_t>((key * uint64_t{0x9e3779b97f4a7c15}) >> 32) & (slots_.size() - 1);
  }

  [[nodiscard]] bool Put(const Module<A>& module, uint32_t symbol, uint32_t key) {
    if (2 * (used_ + 1) > slots_.size()) return false;
    size_t i = Start(key);
    while (slots_[i].key != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = {&module, symbol, key};
    ++used_;
    return true;
  }

  std::span<Slot> slots_;
  size_t used_ = 0;
};

template <arch::ElfArch A, Arena R>
class IndexedScope {
 public:
  static constexpr bool kGlobal = true;

  // How many entered symbols one avoided probe of an image pays for.
  static constexpr uint64_t kSymbolsPerProbe = 5;

  // `global` as for ProgramScope.
  explicit IndexedScope(R& arena, std::span<Module<A>* const> global = {})
      : arena_(&arena), walk_(global), global_(global) {}
  IndexedScope(IndexedScope&& other) noexcept
      : arena_(other.arena_),
        walk_(other.walk_),
        global_(other.global_),
        index_(std::exchange(other.index_, {})) {}
  IndexedScope& operator=(IndexedScope&&) = delete;
  ~IndexedScope() { index_.Clear(*arena_); }

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    if (!walk_.SetClosure(closure)) return false;
    const Cost global = CostOf(global_), local = CostOf(closure);
    const uint64_t images = global_.size() + closure.size();
    const uint64_t symbols = global.symbols + local.symbols;
    // Only the closure has lookups still to come.
    if (images * local.lookups <= kSymbolsPerProbe * symbols) return true;
    if (!index_.Reserve(*arena_, symbols)) return true;
    if (!AddAll(global_) || !AddAll(closure)) index_.Clear(*arena_);
    return true;
  }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    if (!index_.present()) return walk_.Resolve(request, definition);
    const ProgramQuery<A> query(request);
    if (query.own()) {
      definition = {&request.from, &request.symbol};
      return true;
    }
    return !query.name().text.empty() && index_.Find(query, definition);
  }

  [[nodiscard]] bool indexed() const { return index_.present(); }

 private:
  struct Cost {
    uint64_t lookups = 0;
    uint64_t symbols = 0;
  };

  // Undefined symbols stand before the hashed ones, and each is looked up about once; so is each
  // PLT slot.
  [[nodiscard]] static Cost CostOf(std::span<Module<A>* const> modules) {
    Cost cost;
    for (const Module<A>* module : modules) {
      cost.symbols += DefinedCount(*module);
      if (module->relocated) continue;
      const uint64_t slots = module->dynamic.jmprela.size() + module->dynamic.jmprel.size();
      const uint64_t undefined =
          module->dynamic.gnu_hash.present() ? module->dynamic.gnu_hash.first_hashed() : 0;
      cost.lookups += slots > undefined ? slots : undefined;
    }
    return cost;
  }

  [[nodiscard]] bool AddAll(std::span<Module<A>* const> modules) {
    for (const Module<A>* module : modules) {
      if (!index_.Add(*module)) return false;
    }
    return true;
  }

  R* arena_;
  ProgramScope<A> walk_;
  std::span<Module<A>* const> global_;
  ScopeIndex<A> index_;
};

}  // namespace rtld
