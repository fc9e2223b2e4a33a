// SPDX-License-Identifier: BSD-2-Clause
//
// IndexedScope: a Scope of programs that builds a ScopeIndex for its session when that pays, which is
// when images times expected lookups exceed some multiple of the symbols to be entered (README.md has
// the figures). Without memory for it, or for a small program, it walks like ProgramScope.

#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/link/scope_index.h"
#include "rtld_shared/seams/arena.h"

namespace rtld {

template <arch::ElfArch A, Arena R>
class IndexedScope {
 public:
  static constexpr bool kGlobal = true;

  // How many entered symbols one avoided probe of an image pays for; see Pays.
  static constexpr uint64_t kSymbolsPerProbe = 5;

  // Whether an index costs less than a walk: each lookup would probe the images in turn.
  [[nodiscard]] static constexpr bool Pays(uint64_t images, uint64_t lookups, uint64_t symbols) {
    return images * lookups > kSymbolsPerProbe * symbols;
  }

  // `global` as for ProgramScope. `kept`: an index of just these, which outlives the scope; or
  // nullptr, then they are entered with the closure.
  explicit IndexedScope(R& arena, std::span<Module<A>* const> global = {},
                        const ScopeIndex<A>* kept = nullptr)
      : arena_(&arena), global_(global), kept_(kept) {}
  IndexedScope(IndexedScope&& other) noexcept
      : arena_(other.arena_),
        global_(other.global_),
        local_(other.local_),
        kept_(other.kept_),
        index_(std::exchange(other.index_, {})) {}
  IndexedScope& operator=(IndexedScope&&) = delete;
  ~IndexedScope() { index_.Clear(*arena_); }

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    local_ = closure;
    const std::span<Module<A>* const> global =
        kept_ == nullptr ? global_ : std::span<Module<A>* const>();
    const Cost local = CostOf(closure);
    const uint64_t symbols = CostOf(global).symbols + local.symbols;
    // Only the closure has lookups still to come.
    if (!Pays(global.size() + closure.size(), local.lookups, symbols)) return true;
    if (!index_.Reserve(*arena_, symbols + global.size() + closure.size()) ||
        !index_.Add(*arena_, global) || !index_.Add(*arena_, closure)) {
      index_.Clear(*arena_);
    }
    return true;
  }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    const ProgramQuery<A> query(request);
    return Search(request, query, definition,
                  [&](const ScopeIndex<A>& index) { return index.Find(query, definition); });
  }

  // Resolve in steps, see LooksAhead.
  struct Ahead {
    ProgramQuery<A> query;
    typename ScopeIndex<A>::Cursor in_kept, in_own;
  };
  static constexpr unsigned kSteps = ScopeIndex<A>::kSteps - 1;
  void Start(const Request<A>& request, Ahead& ahead) const {
    ahead.query = ProgramQuery<A>(request);
    Step(0, ahead);
  }
  void Step(unsigned step, Ahead& ahead) const {
    if (ahead.query.own()) return;
    if (kept_ != nullptr) kept_->Fetch(step, ahead.query, ahead.in_kept);
    index_.Fetch(step, ahead.query, ahead.in_own);
  }
  [[nodiscard]] bool Finish(const Request<A>& request, const Ahead& ahead,
                            Definition<A>& definition) const {
    return Search(request, ahead.query, definition, [&](const ScopeIndex<A>& index) {
      return index.Find(ahead.query, &index == kept_ ? ahead.in_kept : ahead.in_own, definition);
    });
  }

  // Whether it has built one.
  [[nodiscard]] bool indexed() const { return index_.present(); }

 private:
  struct Cost {
    uint64_t lookups = 0;
    uint64_t symbols = 0;
  };

  // `find` asks one of the indices.
  template <class Find>
  [[nodiscard]] bool Search(const Request<A>& request, const ProgramQuery<A>& query,
                            Definition<A>& definition, Find&& find) const {
    if (query.own()) {
      definition = {&request.from, &request.symbol};
      return true;
    }
    if (query.name().text.empty()) return false;
    if (kept_ != nullptr) {
      if (find(*kept_)) return true;
    } else if (!indexed() && SearchInOrder(global_, query, definition)) {
      return true;
    }
    return indexed() ? find(index_) : SearchInOrder(local_, query, definition);
  }

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

  R* arena_;
  std::span<Module<A>* const> global_;
  std::span<Module<A>* const> local_;
  const ScopeIndex<A>* kept_;
  ScopeIndex<A> index_;
};

}  // namespace rtld
