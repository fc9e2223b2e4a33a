// SPDX-License-Identifier: BSD-2-Clause
//
// FuzzScope: the scopes of modules and programs behind one type, so that sessions are compiled once
// for all, and what must hold of their answers: a definition is a symbol of an image of the scope and
// has the name that was asked for; what a lookup in steps finds is what one at once finds; and an
// index answers as a walk does.
//
// What was linked before may be the global scope, as it is for dlopen: then an index that is kept has
// that alone, and the closure is walked or, where it pays, has an index of its own.
//
// The last two hold where tables stay as they are. Hostile images may have relocations that write
// into them, then an answer changes from one moment to the next; and hash tables that contradict
// themselves, then a walk misses symbols which the index knows.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/fuzz/index_check.h"
#include "rtld_shared/fuzz/seams.h"
#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/look_ahead.h"
#include "rtld_shared/link/scope_index.h"

namespace rtld::fuzz {

template <arch::ElfArch A, bool kAsksAll>
class FuzzScope {
 public:
  static constexpr bool kGlobal = kAsksAll;
  enum class Kind : uint8_t { kModule, kWalk, kIndexed };

  // `writes_all`: relocations may write to any segment. `global`: see ProgramScope.
  FuzzScope(Kind kind, Meter& meter, FuzzArena& arena, bool writes_all,
            std::span<Module<A>* const> global)
      : kind_(kind),
        writes_all_(writes_all),
        meter_(&meter),
        arena_(&arena),
        global_(global),
        walk_(global),
        index_(std::make_unique<ScopeIndex<A>>()),
        keeps_(kind != Kind::kIndexed || global.empty() || index_->Add(arena, global)),
        indexed_(arena, global, keeps_ ? index_.get() : nullptr) {}
  FuzzScope(FuzzScope&&) noexcept = default;
  ~FuzzScope() {
    if (index_ != nullptr) index_->Clear(*arena_);
  }

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    closure_ = closure;
    steady_ = !writes_all_ && AllOf(IsSteady);
    agrees_ = kind_ == Kind::kIndexed && steady_ && AllOf(HashAgrees<A>::In);
    if (kind_ == Kind::kIndexed && global_.empty()) {
      // An IndexedScope builds none where it does not pay, as it never does here: so it gets one that
      // is kept, and nothing to walk over where that has no answer.
      uint64_t symbols = 0;
      for (const Module<A>* module : closure) symbols += DefinedCount(*module);
      has_index_ = index_->Reserve(*arena_, symbols) && index_->Add(*arena_, closure);
      if (!has_index_) index_->Clear(*arena_);
    }
    return walk_.SetClosure(closure) && module_.SetClosure(closure) &&
           indexed_.SetClosure(has_index_ ? std::span<Module<A>* const>() : closure);
  }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    meter_->Step();
    const bool found = Ask(request, definition);
    return Checked(request, definition, found);
  }

  struct Ahead {
    typename ModuleScope<A>::Ahead module;
    typename IndexedScope<A, FuzzArena>::Ahead indexed;
  };
  static constexpr unsigned kSteps =
      std::max<unsigned>(ModuleScope<A>::kSteps, IndexedScope<A, FuzzArena>::kSteps);

  void Start(const Request<A>& request, Ahead& ahead) const {
    meter_->Step();
    if (kind_ == Kind::kModule) module_.Start(request, ahead.module);
    if (kind_ == Kind::kIndexed) indexed_.Start(request, ahead.indexed);
  }
  void Step(unsigned step, Ahead& ahead) const {
    if (kind_ == Kind::kModule && step <= module_.kSteps) module_.Step(step, ahead.module);
    if (kind_ == Kind::kIndexed && step <= indexed_.kSteps) indexed_.Step(step, ahead.indexed);
  }
  [[nodiscard]] bool Finish(const Request<A>& request, const Ahead& ahead,
                            Definition<A>& definition) const {
    meter_->Step();
    if (kind_ == Kind::kWalk) return Resolve(request, definition);
    const bool found = kind_ == Kind::kModule ? module_.Finish(request, ahead.module, definition)
                                              : indexed_.Finish(request, ahead.indexed, definition);
    if (steady_) {
      Definition<A> at_once;
      Require(Ask(request, at_once) == found && Same(at_once, definition, found),
              "a lookup in steps is one at once");
    }
    return Checked(request, definition, found);
  }

 private:
  [[nodiscard]] bool Ask(const Request<A>& request, Definition<A>& definition) const {
    switch (kind_) {
      case Kind::kModule:
        return module_.Resolve(request, definition);
      case Kind::kWalk:
        return walk_.Resolve(request, definition);
      default:
        return indexed_.Resolve(request, definition);
    }
  }

  template <class Property>
  [[nodiscard]] bool AllOf(Property&& property) const {
    return std::all_of(global_.begin(), global_.end(), property) &&
           std::all_of(closure_.begin(), closure_.end(), property);
  }

  [[nodiscard]] static bool Same(const Definition<A>& a, const Definition<A>& b, bool found) {
    return !found || (a.module == b.module && a.symbol == b.symbol);
  }

  [[nodiscard]] bool Checked(const Request<A>& request, const Definition<A>& definition,
                             bool found) const {
    if (agrees_) {
      Definition<A> by_walk;
      Require(walk_.Resolve(request, by_walk) == found && Same(by_walk, definition, found),
              "an index answers as a walk does");
    }
    if (found) Check(request, definition);
    return found;
  }

  void Check(const Request<A>& request, const Definition<A>& definition) const {
    const Module<A>& module = *definition.module;
    const auto& symbols = module.dynamic.symbols;
    Require(
        definition.symbol >= symbols.data() && definition.symbol < symbols.data() + symbols.size(),
        "a definition is a symbol of its image");
    Require(!request.copy || kind_ == Kind::kModule || &module != &request.from ||
                BindsToItself(request.index, request.symbol),
            "who is passed over does not answer");
    if (&module == &request.from) return;
    Require(
        module.dynamic.strings.At(definition.symbol->name) == request.from.NameOf(request.symbol),
        "a definition has the name that was asked for");
    const auto among = [&module](std::span<Module<A>* const> modules) {
      return std::find(modules.begin(), modules.end(), &module) != modules.end();
    };
    Require(kind_ == Kind::kModule ? among(request.from.needed) || among(request.from.providers)
                                   : among(global_) || among(closure_),
            "a definition is in an image of the scope");
  }

  // Whether no relocation of the image can write into what lookups read.
  [[nodiscard]] static bool IsSteady(const Module<A>* module) {
    for (const typename A::Layout::Dyn& entry : module->dynamic.entries) {
      switch (entry.tag) {
        case elf::kDtStrTab:
        case elf::kDtSymTab:
        case elf::kDtHash:
        case elf::kDtGnuHash:
        case elf::kDtVerSym:
        case kDtHashOfMachine: {
          const Segment* segment = module->plan.SegmentAt(entry.val, 1);
          if (segment != nullptr && segment->writable()) return false;
          break;
        }
        default:
          break;
      }
    }
    return true;
  }

  Kind kind_;
  bool writes_all_;
  bool has_index_ = false;  // of the closure
  bool steady_ = false;     // tables stay as they are
  bool agrees_ = false;     // ... and hash tables are sound, and there may be an index
  Meter* meter_;
  FuzzArena* arena_;
  std::span<Module<A>* const> global_;
  std::span<Module<A>* const> closure_;
  ModuleScope<A> module_;
  ProgramScope<A> walk_;
  std::unique_ptr<ScopeIndex<A>> index_;
  bool keeps_;
  IndexedScope<A, FuzzArena> indexed_;
};

}  // namespace rtld::fuzz
