// SPDX-License-Identifier: BSD-2-Clause
//
// Closure: a session's images and everything they need, breadth first over DT_NEEDED, each once:
// ELF's search order for a local group. Images linked before are part of it, and they are shared
// with other sessions and readers, so nothing is marked in them: who was seen stands in a hash set.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/module.h"
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
    for (size_t i = 0; good && i < modules_.size(); ++i) {
      for (Module<A>* needed : modules_[i]->needed) {
        good = good && (needed == nullptr || Enter(arena, needed));
      }
    }
    FreeArray(arena, seen_);
    return good;
  }

  [[nodiscard]] std::span<Module<A>* const> modules() const { return modules_.span(); }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, seen_);
    modules_.Clear(arena);
  }

 private:
  // Pointers differ above their alignment; the multiplier spreads them over the table.
  [[nodiscard]] Module<A>** SlotOf(Module<A>* module) {
    const uint64_t hash = reinterpret_cast<uintptr_t>(module) * uint64_t{0x9e3779b97f4a7c15};
    size_t i = static_cast<size_t>(hash >> 32) & (seen_.size() - 1);
    while (seen_[i] != nullptr && seen_[i] != module) i = (i + 1) & (seen_.size() - 1);
    return &seen_[i];
  }

  template <Arena R>
  [[nodiscard]] bool Enter(R& arena, Module<A>* module) {
    if (2 * (modules_.size() + 1) > seen_.size() && !Grow(arena)) return false;
    Module<A>** slot = SlotOf(module);
    if (*slot != nullptr) return true;
    if (!modules_.Add(arena, module)) return false;
    *slot = module;
    return true;
  }

  template <Arena R>
  [[nodiscard]] bool Grow(R& arena) {
    std::span<Module<A>*> grown =
        AllocateArray<Module<A>*>(arena, seen_.empty() ? 16 : 2 * seen_.size());
    if (grown.empty()) return false;
    FreeArray(arena, seen_);
    seen_ = grown;
    for (Module<A>* module : modules_) *SlotOf(module) = module;
    return true;
  }

  List<Module<A>*> modules_;
  std::span<Module<A>*> seen_;
};

}  // namespace rtld
