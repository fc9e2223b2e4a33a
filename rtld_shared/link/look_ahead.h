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
  void Begin(const Module<A>&, std::span<const Entry>, uint64_t) {}
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
  // Relocations in a batch: enough to wait for memory once, few enough for the stack of a kernel.
  static constexpr size_t kMost = 16;

  explicit Lookups(S& scope) : scope_(scope) {}

  // `entries`: relocations of `module`, at most kMost. The symbol `last` is known already; of those
  // that follow one another for one symbol, the first looks it up.
  template <class Entry>
  void Begin(const Module<A>& module, std::span<const Entry> entries, uint64_t last) {
    using L = typename A::Layout;
    count_ = 0;
    next_ = 0;
    for (const Entry& entry : entries) {
      const uint32_t symbol = L::SymbolOf(entry.info);
      if (symbol == last || symbol >= module.dynamic.symbols.size()) continue;
      const arch::Op op = A::RuleFor(L::TypeOf(entry.info)).op;
      if (!IsLookedUp(op)) continue;
      last = symbol;
      Started& started = started_[count_++];
      started.symbol = symbol;
      started.slot = op == arch::Op::kJumpSlot;
      scope_.Start({module, symbol, module.dynamic.symbols[symbol], started.slot}, started.ahead);
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

  [[nodiscard]] static constexpr bool IsLookedUp(arch::Op op) {
    switch (op) {
      case arch::Op::kSymbol:
      case arch::Op::kJumpSlot:
      case arch::Op::kPcRelative:
      case arch::Op::kSize:
      case arch::Op::kTlsModule:
      case arch::Op::kTlsOffset:
      case arch::Op::kTpOffset:
      case arch::Op::kTlsDesc:
        return true;
      default:
        return false;
    }
  }

  S& scope_;
  Started started_[kMost];
  size_t count_ = 0;
  size_t next_ = 0;
};

}  // namespace rtld
