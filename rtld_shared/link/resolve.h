// SPDX-License-Identifier: BSD-2-Clause
//
// Scopes: which images are asked for a definition, and in which order. A scope is a small value
// that a session holds; `Resolve(request)` fills `definition` and returns false when nobody in
// scope defines the symbol. It allocates and reports nothing.
//
// ModuleScope, for kernel modules: a versioned reference binds in the file that its version need
// names, one probe whatever the number of modules. An unversioned one binds in the module itself,
// then in its direct DT_NEEDED in order; images that want versioned references are passed over. No
// interposition: what a module defines it uses.
//
// ProgramScope, for user programs: gABI's breadth-first global list, then the local group (what a
// dlopen brought in). Protected, hidden and local symbols, and all of a DT_SYMBOLIC image's own,
// bind in the image first.

#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/lookup.h"
#include "rtld_shared/link/module.h"

namespace rtld {

// A reference: symbol `index` of `from`.
template <arch::ElfArch A>
struct Request {
  const Module<A>& from;
  uint32_t index;
  const typename A::Layout::Sym& symbol;
  bool jump_slot = false;  // no canonical PLT entry satisfies it
  bool copy = false;       // the definition behind the program's own copy
};

template <arch::ElfArch A>
struct Definition {
  const Module<A>* module = nullptr;
  const typename A::Layout::Sym* symbol = nullptr;

  [[nodiscard]] typename A::Layout::Addr value() const { return module->ValueOf(*symbol); }
  [[nodiscard]] bool is_ifunc() const {
    return elf::SymbolTypeOf(symbol->info) == elf::kSttGnuIfunc && symbol->shndx != elf::kShnUndef;
  }
};

template <class S, class A>
concept Scope = requires(S& scope, const Request<A>& request, Definition<A>& definition,
                         std::span<Module<A>* const> closure) {
  { scope.Resolve(request, definition) } -> std::same_as<bool>;
  // The session's images and what they need, breadth first; once, before the first Resolve.
  { scope.SetClosure(closure) } -> std::same_as<bool>;
};

namespace internal {

// Asks memory for the cache line at any address; nullptr does nothing.
inline void Fetch(const void* where) { __builtin_prefetch(where); }

}  // namespace internal

// A scope with the member `static constexpr bool kGlobal = true` asks all images of the closure on
// behalf of each; the others ask only what an image needs.
template <class S>
inline constexpr bool kHasGlobalScope = false;
template <class S>
requires requires { S::kGlobal; }
inline constexpr bool kHasGlobalScope<S> = S::kGlobal;

// Symbol 0, local symbols and section symbols mean a place in the image itself.
template <class Sym>
[[nodiscard]] bool BindsToItself(uint32_t index, const Sym& symbol) {
  return index == 0 || elf::BindOf(symbol.info) == elf::kStbLocal ||
         elf::SymbolTypeOf(symbol.info) == elf::kSttSection;
}

template <arch::ElfArch A>
class ModuleScope {
 public:
  [[nodiscard]] bool SetClosure(std::span<Module<A>* const>) { return true; }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    return Finish(request, Ahead(request), definition);
  }

  // What a reference asks for. Resolve in steps: see look_ahead.h.
  class Ahead {
   public:
    Ahead() = default;
    explicit Ahead(const Request<A>& request) {
      const Module<A>& from = request.from;
      own_ = request.symbol.shndx != elf::kShnUndef || BindsToItself(request.index, request.symbol);
      if (own_) return;
      name_ = from.dynamic.strings.NameAt(request.symbol.name);
      if (name_.text.data() == nullptr) return;
      wanted_ = WantedBy(from, request.index);
      if (!wanted_.IsNeeded()) wanted_ = {};
    }

   private:
    friend ModuleScope;
    SymbolName name_;
    Wanted<A> wanted_;     // of a reference that needs a version
    uint32_t symbol_ = 0;  // the provider's first one with that hash
    bool own_ = false;     // the image's own definition
  };

  static constexpr unsigned kSteps = 4;
  void Start(const Request<A>& request, Ahead& ahead) const {
    ahead = Ahead(request);
    if (ahead.wanted_.provider == nullptr) return;
    // A record has many lines; these are needed.
    const DynamicInfo<A>& dynamic = ahead.wanted_.provider->dynamic;
    internal::Fetch(&dynamic.gnu_hash);
    internal::Fetch(&dynamic.gnu_hash + 1);
    internal::Fetch(&dynamic.strings);
    internal::Fetch(&dynamic.versym);
    internal::Fetch(&ahead.wanted_.provider->bias);
  }
  void Step(unsigned step, Ahead& ahead) const {
    if (ahead.wanted_.provider == nullptr) return;
    const DynamicInfo<A>& dynamic = ahead.wanted_.provider->dynamic;
    if (!dynamic.gnu_hash.present()) return;
    const uint32_t hash = ahead.name_.hash;
    if (step == 1) {
      internal::Fetch(dynamic.gnu_hash.FilterOf(hash));
      internal::Fetch(dynamic.gnu_hash.BucketOf(hash));
    } else if (step == 2) {
      const void* chain = nullptr;
      static_cast<void>(dynamic.gnu_hash.FirstOf(hash, chain));
      internal::Fetch(chain);
    } else if (step == 3) {
      dynamic.gnu_hash.Find(hash, [&](uint32_t symbol) {
        ahead.symbol_ = symbol < dynamic.symbols.size() ? symbol : 0;
        return true;
      });
      if (ahead.symbol_ == 0) return;
      internal::Fetch(&dynamic.symbols[ahead.symbol_]);
      if (ahead.symbol_ < dynamic.versym.size()) internal::Fetch(&dynamic.versym[ahead.symbol_]);
    } else if (ahead.symbol_ != 0) {
      // What Equals reads: the name, and first of all whether it ends where it should.
      const uint64_t name = dynamic.symbols[ahead.symbol_].name;
      internal::Fetch(dynamic.strings.Where(name));
      internal::Fetch(dynamic.strings.Where(name + ahead.name_.text.size()));
    }
  }
  [[nodiscard]] bool Finish(const Request<A>& request, const Ahead& ahead,
                            Definition<A>& definition) const {
    const Module<A>& from = request.from;
    if (ahead.own_) {
      definition = {&from, &request.symbol};
      return true;
    }
    constexpr LookupRules kStrict = {.strict_versions = true};
    if (ahead.wanted_.version != nullptr) {
      if (ahead.wanted_.provider == nullptr) return false;
      const Module<A>& provider = *ahead.wanted_.provider;
      // The one that Lookup would try first.
      if (ahead.symbol_ != 0 && SymbolMatches(provider, ahead.symbol_, ahead.name_, ahead.wanted_,
                                              kStrict) == Match::kYes) {
        definition = {&provider, &provider.dynamic.symbols[ahead.symbol_]};
        return true;
      }
      return Try(provider, ahead.name_, ahead.wanted_, kStrict, definition);
    }
    if (ahead.name_.text.data() == nullptr) return false;
    if (Try(from, ahead.name_, {}, kStrict, definition)) return true;
    for (const Module<A>* module : from.needed) {
      if (module == nullptr || module->versioned_only) continue;
      if (Try(*module, ahead.name_, {}, kStrict, definition)) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] static bool Try(const Module<A>& module, const SymbolName& name,
                                const Wanted<A>& wanted, const LookupRules& rules,
                                Definition<A>& definition) {
    const auto* symbol = Lookup(module, name, wanted, rules);
    if (symbol == nullptr) return false;
    definition = {&module, symbol};
    return true;
  }
};

// What a reference of a program asks its scope for, after what the image answers itself.
template <arch::ElfArch A>
class ProgramQuery {
 public:
  ProgramQuery() = default;
  explicit ProgramQuery(const Request<A>& request)
      : rules_{.plt_addresses = !request.jump_slot && !request.copy} {
    const Module<A>& from = request.from;
    const bool defined = request.symbol.shndx != elf::kShnUndef;
    own_ = BindsToItself(request.index, request.symbol) ||
           (defined && !request.copy &&
            (from.dynamic.symbolic || elf::VisibilityOf(request.symbol.other) != elf::kStvDefault));
    if (own_) return;
    name_ = from.dynamic.strings.NameAt(request.symbol.name);
    if (name_.text.data() == nullptr) return;
    wanted_ = WantedBy(from, request.index);
    if (wanted_.IsBase()) wanted_ = {};
    if (request.copy) skip_ = &from;
  }

  // Protected, hidden and local symbols, and those of a DT_SYMBOLIC image.
  [[nodiscard]] bool own() const { return own_; }
  // Empty when the reference has no name at all: nobody defines that.
  [[nodiscard]] const SymbolName& name() const { return name_; }
  [[nodiscard]] const Wanted<A>& wanted() const { return wanted_; }
  [[nodiscard]] const LookupRules& rules() const { return rules_; }
  // The image that is passed over: a program's copy is not its own source.
  [[nodiscard]] const Module<A>* skip() const { return skip_; }

 private:
  LookupRules rules_;
  SymbolName name_;
  Wanted<A> wanted_;
  const Module<A>* skip_ = nullptr;
  bool own_ = false;
};

// The first definition among the modules, in their order.
template <arch::ElfArch A>
[[nodiscard]] bool SearchInOrder(std::span<Module<A>* const> modules, const ProgramQuery<A>& query,
                                 Definition<A>& definition) {
  for (const Module<A>* module : modules) {
    if (module == query.skip()) continue;
    const auto* symbol = Lookup(*module, query.name(), query.wanted(), query.rules());
    if (symbol == nullptr) continue;
    definition = {module, symbol};
    return true;
  }
  return false;
}

template <arch::ElfArch A>
class ProgramScope {
 public:
  static constexpr bool kGlobal = true;

  // `global`: the modules that are global already, in scope order; empty when a program starts. The
  // span must live as long as the scope.
  explicit ProgramScope(std::span<Module<A>* const> global = {}) : global_(global) {}

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    local_ = closure;
    return true;
  }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    const ProgramQuery<A> query(request);
    if (query.own()) {
      definition = {&request.from, &request.symbol};
      return true;
    }
    if (query.name().text.empty()) return false;
    return SearchInOrder(global_, query, definition) || SearchInOrder(local_, query, definition);
  }

 private:
  std::span<Module<A>* const> global_;
  std::span<Module<A>* const> local_;
};

}  // namespace rtld
