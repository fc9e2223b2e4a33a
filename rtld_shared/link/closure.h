// SPDX-License-Identifier: BSD-2-Clause
//
// Closure: a session's images and everything they need, breadth first over DT_NEEDED, each once:
// ELF's search order for a local group. Images linked before are part of it, and they are shared
// with other sessions and readers, so nothing is marked in them: an index has
// who was seen.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/elf_arch.h"
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
    for (size_t i = 0; good && i < modules_.size(); ++i) {
      for (Module<A>* needed : modules_[i]->needed) {
        good = good && (needed == nullptr || Enter(arena, needed));
      }
    }
    seen_.Clear(arena);
    return good;
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

  List<Module<A>*> modules_;
  PointerIndex seen_;
};

}  // namespace rtld
