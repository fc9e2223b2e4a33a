// SPDX-License-Identifier: BSD-2-Clause
//
// Closure: a session's images and everything they need, breadth first over DT_NEEDED, each once:
// ELF's search order for a local group. Images linked before are part of it, and they are shared
// with other sessions and readers, so nothing is marked in them: an index has who was seen.
//
// Images that have DF_1_INTERPOSE come in front of the others, behind the program and its preloads
// (the roots that the session itself relocates), each group in the order it has otherwise. So it is
// when a program starts; where images were linked before, these may be bound to already, and the
// flag does nothing. Scopes that do not ask the closure do not know the flag.

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/pointer_index.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

template <arch::ElfArch A>
class Closure {
 public:
  // Starts from the records that are roots. False: no memory.
  template <Arena R, class RecordPointer>
  [[nodiscard]] bool Build(R& arena, std::span<RecordPointer const> records) {
    bool good = true;
    for (size_t i = 0; good && i < records.size(); ++i) {
      good = !records[i]->root || Enter(arena, records[i]);
    }
    const size_t roots = modules_.size();
    for (size_t i = 0; good && i < modules_.size(); ++i) {
      for (Module<A>* needed : modules_[i]->needed) {
        good = good && (needed == nullptr || Enter(arena, needed));
      }
    }
    seen_.Clear(arena);
    return good && (!AnyInterposes() || PutInterposersFirst(arena, roots));
  }

  [[nodiscard]] std::span<Module<A>* const> modules() const { return modules_.span(); }

  template <Arena R>
  void Clear(R& arena) {
    seen_.Clear(arena);
    modules_.Clear(arena);
  }

 private:
  template <Arena R>
  [[nodiscard]] bool Enter(R& arena, Module<A>* module) {
    if (seen_.Find(module) != PointerIndex::kNone) return true;
    return seen_.Add(arena, module, static_cast<uint32_t>(modules_.size())) &&
           modules_.Add(arena, module);
  }

  [[nodiscard]] static bool Interposes(const Module<A>& module) {
    return (module.dynamic.flags_1 & elf::kDf1Interpose) != 0;
  }

  [[nodiscard]] bool AnyInterposes() const {
    bool any = false;
    for (const Module<A>* module : modules_) {
      if (module->node == Module<A>::kLinked) return false;
      any = any || Interposes(*module);
    }
    return any;
  }

  // The first `roots` modules are the roots; the very first is the program, whoever relocates it.
  template <Arena R>
  [[nodiscard]] bool PutInterposersFirst(R& arena, size_t roots) {
    const size_t count = modules_.size();
    List<Module<A>*> ordered;
    if (!ordered.Reserve(arena, count)) return false;
    for (const bool front : {true, false}) {
      for (size_t i = 0; i < count; ++i) {
        Module<A>* module = modules_[i];
        const bool is_front = i == 0 || (i < roots && !module->relocated) || Interposes(*module);
        // There is room for all.
        if (is_front == front) static_cast<void>(ordered.Add(arena, module));
      }
    }
    std::swap(modules_, ordered);
    ordered.Clear(arena);
    return true;
  }

  List<Module<A>*> modules_;
  PointerIndex seen_;
};

}  // namespace rtld
