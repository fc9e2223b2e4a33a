// SPDX-License-Identifier: BSD-2-Clause
//
// CheckedScope: a program's scope as programs get it, an IndexedScope that looks ahead and has an
// index of all images however few they are; each answer is compared with that of ProgramScope's
// walk. So one session proves both, and is compiled once for both.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/look_ahead.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/link/scope_index.h"
#include "rtld_shared/testing/fakes.h"

namespace rtld::testing {

// What a CheckedScope was asked. Whoever owns it must look: any answers that differ are an error.
struct ScopeChecks {
  size_t ahead = 0;                   // lookups that had been begun in a batch
  size_t at_once = 0;                 // the others
  size_t differing = 0;               // answers on which index and walk do not agree
  std::string image, symbol, detail;  // of the first of those
  uint32_t index = 0;                 // of its symbol in the image
};

template <arch::ElfArch A>
class CheckedScope {
  using Indexed = IndexedScope<A, CountingArena>;

 public:
  static constexpr bool kGlobal = true;

  // `checks` outlives the scope.
  explicit CheckedScope(ScopeChecks& checks)
      : checks_(&checks),
        arena_(std::make_unique<CountingArena>()),
        index_(std::make_unique<ScopeIndex<A>>()),
        indexed_(*arena_, {}, index_.get()) {}
  CheckedScope(CheckedScope&&) noexcept = default;
  ~CheckedScope() {
    if (index_ != nullptr) index_->Clear(*arena_);
  }

  // False also when the images' hashes crowd, as those of no sound image do.
  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    // An IndexedScope builds none where it does not pay, so it gets one that is kept, and no images
    // to walk over instead.
    uint64_t entries = closure.size();
    for (const Module<A>* module : closure) entries += DefinedCount(*module);
    return index_->Reserve(*arena_, entries) && index_->Add(*arena_, closure) &&
           indexed_.SetClosure({}) && walk_.SetClosure(closure);
  }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    ++checks_->at_once;
    return Checked(request, definition, indexed_.Resolve(request, definition));
  }

  // In steps, see LooksAhead.
  using Ahead = typename Indexed::Ahead;
  static constexpr unsigned kSteps = Indexed::kSteps;
  void Start(const Request<A>& request, Ahead& ahead) const { indexed_.Start(request, ahead); }
  void Step(unsigned step, Ahead& ahead) const { indexed_.Step(step, ahead); }
  [[nodiscard]] bool Finish(const Request<A>& request, const Ahead& ahead,
                            Definition<A>& definition) const {
    ++checks_->ahead;
    return Checked(request, definition, indexed_.Finish(request, ahead, definition));
  }

 private:
  [[nodiscard]] bool Checked(const Request<A>& request, const Definition<A>& definition,
                             bool found) const {
    Definition<A> walked;
    const bool walk_found = walk_.Resolve(request, walked);
    const bool same =
        walk_found == found &&
        (!found || (walked.module == definition.module && walked.symbol == definition.symbol));
    if (!same && checks_->differing++ == 0) {
      checks_->image = std::string(DisplayName(request.from));
      checks_->index = request.index;
      checks_->symbol = std::string(request.from.NameOf(request.symbol));
      checks_->detail = "the index finds " + TextOf(definition, found) + ", the walk " +
                        TextOf(walked, walk_found);
    }
    return found;
  }

  // A symbol has no number here but the place in its image's table.
  [[nodiscard]] static std::string TextOf(const Definition<A>& definition, bool found) {
    if (!found) return "none";
    const auto index = definition.symbol - definition.module->dynamic.symbols.data();
    return "symbol " + std::to_string(index) + " of " +
           std::string(DisplayName(*definition.module));
  }

  ScopeChecks* checks_;
  std::unique_ptr<CountingArena> arena_;
  std::unique_ptr<ScopeIndex<A>> index_;
  Indexed indexed_;  // before the arena goes
  ProgramScope<A> walk_;
};

}  // namespace rtld::testing
