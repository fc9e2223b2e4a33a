// SPDX-License-Identifier: BSD-2-Clause
//
// Lookups: those of the next few relocations, begun together. In a scope of some thousand images
// nearly everything that a lookup reads (a table's slot, the symbol, its name) comes from memory,
// and each address depends on what was read before. So the first reads of a batch of lookups are
// asked for, then the second ones, and by the time each is finished all is there.
//
// A scope that can do that has, beside Resolve:
//
//   typename S::Ahead                     what it keeps for one reference
//   Start(request, ahead)                 asks the memory for what is read first
//   Step(step, ahead)                     for step 1 .. S::kSteps: reads that, asks for the next
//   Finish(request, ahead, definition)    does and returns what Resolve(request, definition) would
//
// An answer is only ever that of Finish, which checks all it reads: what relocations of the same
// batch overwrite in a hostile image is harmless.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/resolve.h"

namespace rtld {

template <class S, class A>
concept LooksAhead = std::default_initializable<typename S::Ahead> &&
    requires(S& scope, const Request<A>& request, typename S::Ahead& ahead, unsigned step,
             Definition<A>& definition) {
  { S::kSteps } -> std::convertible_to<unsigned>;
  scope.Start(request, ahead);
  scope.Step(step, ahead);
  { scope.Finish(request, ahead, definition) } -> std::same_as<bool>;
};

// For a scope that cannot, this is its Resolve.
template <arch::ElfArch A, Scope<A> S>
class Lookups {
 public:
  static constexpr size_t kMost = 16;

  explicit Lookups(S& scope) : scope_(scope) {}

  template <class Entry>
  void Begin(const Module<A>&, std::span<const Entry>, uint64_t, bool) {}
  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) {
    return scope_.Resolve(request, definition);
  }

 private:
  S& scope_;
};

template <arch::ElfArch A, Scope<A> S>
requires LooksAhead<S, A>
class Lookups<A, S> {
 public:
  // Relocations in a batch: while more are under way, less of the waiting is seen. Programs have
  // stack for many; few enough for that of a kernel.
  static constexpr size_t kMost = kHasGlobalScope<S> ? 64 : 16;

  explicit Lookups(S& scope) : scope_(scope) {}

  // `entries`: relocations of `module`, at most kMost. The symbol `last` is known already, as that of
  // a slot or not; of those that follow one another for one symbol, the first looks it up.
  template <class Entry>
  void Begin(const Module<A>& module, std::span<const Entry> entries, uint64_t last,
             bool last_slot) {
    const DynamicInfo<A>& dynamic = module.dynamic;
    Choose(dynamic, entries, last, last_slot);
    for (size_t i = 0; i < count_; ++i) {
      internal::Fetch(dynamic.strings.Where(dynamic.symbols[started_[i].symbol].name));
    }
    for (size_t i = 0; i < count_; ++i) {
      const uint32_t symbol = started_[i].symbol;
      const bool slot = started_[i].slot;
      scope_.Start({module, symbol, dynamic.symbols[symbol], slot}, started_[i].ahead);
    }
    for (unsigned step = 1; step <= S::kSteps; ++step) {
      for (size_t i = 0; i < count_; ++i) scope_.Step(step, started_[i].ahead);
    }
  }

  // What was begun is wanted in that order. After one that is not (its place is bad), those behind
  // it are looked up anew, until the next batch.
  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) {
    if (next_ < count_ && !request.copy) {
      const Started& started = started_[next_];
      if (started.symbol == request.index && started.slot == request.jump_slot) {
        ++next_;
        return scope_.Finish(request, started.ahead, definition);
      }
    }
    return scope_.Resolve(request, definition);
  }

 private:
  struct Started {
    uint32_t symbol = 0;
    bool slot = false;
    typename S::Ahead ahead;
  };

  // Those to be looked up; asks memory for their symbols.
  template <class Entry>
  void Choose(const DynamicInfo<A>& dynamic, std::span<const Entry> entries, uint64_t last,
              bool last_slot) {
    using L = typename A::Layout;
    count_ = 0;
    next_ = 0;
    for (const Entry& entry : entries) {
      const uint32_t symbol = L::SymbolOf(entry.info), type = L::TypeOf(entry.info);
      if (symbol == 0 || symbol >= dynamic.symbols.size()) continue;
      if (type != type_) {
        type_ = type;
        op_ = A::RuleFor(type).op;
      }
      const bool slot = op_ == arch::Op::kJumpSlot;
      if ((symbol == last && slot == last_slot) || !IsLookedUp(op_)) continue;
      last = symbol;
      last_slot = slot;
      started_[count_].symbol = symbol;
      started_[count_++].slot = slot;
      internal::Fetch(&dynamic.symbols[symbol]);
      if (symbol < dynamic.versym.size()) internal::Fetch(&dynamic.versym[symbol]);
    }
  }

  [[nodiscard]] static constexpr bool IsLookedUp(arch::Op op) {
    switch (op) {
      case arch::Op::kSymbol:
      case arch::Op::kSymbolOrBase:
      case arch::Op::kSymbolOrNone:
      case arch::Op::kJumpSlot:
      case arch::Op::kPcRelative:
      case arch::Op::kSize:
        return true;
      default:
        return arch::IsThreadLocal(op);
    }
  }

  S& scope_;
  Started started_[kMost];
  size_t count_ = 0;
  size_t next_ = 0;
  uint32_t type_ = ~uint32_t{0};  // the last one, and what it does
  arch::Op op_ = arch::Op::kUnknown;
};

}  // namespace rtld
