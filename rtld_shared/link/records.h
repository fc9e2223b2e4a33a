// SPDX-License-Identifier: BSD-2-Clause
//
// What a session is made of. A client bundles its seams in one struct:
//
//   struct Seams {
//     using Arch = arch::Current;            // ElfArch
//     using File = ...; using Finder = ...; using Loader = ...; using Arena = ...;
//     using Diagnostics = ...;
//     using Scope = rtld::ModuleScope<Arch>; // or ProgramScope
//     using Hook = rtld::NoHook;             // optional: TLS descriptors
//   };
//
// Linked<Seams> is the permanent record of one image: the Module everybody reads, and the Image
// that its Loader keeps. Records do not move; after Commit each is the client's, until
// DestroyLinked.

#pragma once

#include <concepts>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/relocate.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/file.h"
#include "rtld_shared/seams/finder.h"
#include "rtld_shared/seams/loader.h"

namespace rtld {

template <class T>
concept SessionSeams = arch::ElfArch<typename T::Arch> && File<typename T::File> &&
                       Loader<typename T::Loader, typename T::File> && Finder < typename T::Finder,
        Module<typename T::Arch>,
typename T::File > &&Arena<typename T::Arena>&& Diagnostics<typename T::Diagnostics>&&
                       Scope<typename T::Scope, typename T::Arch>;

template <class T>
struct HookOf {
  using Type = NoHook;
};
template <class T>
requires requires { typename T::Hook; }
struct HookOf<T> {
  using Type = typename T::Hook;
};

template <SessionSeams T>
struct Linked : Module<typename T::Arch> {
  typename T::Loader::Image image;
  typename T::File* file = nullptr;  // nullptr: adopted, was in memory already
  bool root = false;                 // asked for by the user, not only by DT_NEEDED
  bool owned = false;                // the loader is to protect, seal and release the image
};

// Gives back everything a record has: its image, if it owns one, and its memory.
template <SessionSeams T>
void DestroyLinked(typename T::Loader& loader, typename T::Arena& arena, Linked<T>* record) {
  if (record->owned) loader.Release(record->image);
  FreeModule(arena, *record);
  record->~Linked();
  arena.Free(record, sizeof(Linked<T>));
}

// An image that is in memory already: the kernel itself, or one that the boot loader has loaded.
template <SessionSeams T>
struct Adoption {
  std::string_view path;
  std::span<const typename T::Arch::Layout::Phdr> phdrs;
  uint64_t entry = 0;
  typename T::Loader::Image image;
  bool relocated = false;  // by another party: nobody relocates it again
  bool owned = false;      // the session is to protect and seal it, and to release it on failure
  bool root = true;
};

template <SessionSeams T>
using LinkedList = List<Linked<T>*>;

// The graph of a session's records for graph/graph.h: what was linked before stands for itself as
// one more node, which needs nothing.
template <SessionSeams T>
struct NeededEdges {
  struct Of {
    std::span<Module<typename T::Arch>* const> needed;
    uint32_t outside;

    [[nodiscard]] size_t size() const { return needed.size(); }
    [[nodiscard]] uint32_t operator[](size_t i) const {
      return needed[i]->node == Module<typename T::Arch>::kLinked ? outside : needed[i]->node;
    }
  };

  std::span<Linked<T>* const> records;

  [[nodiscard]] Of operator()(uint32_t node) const {
    const uint32_t outside = static_cast<uint32_t>(records.size());
    if (node == outside) return {{}, outside};
    return {records[node]->needed, outside};
  }
};

// Open-addressing index of records by name, so that a program of a thousand libraries asks each
// name once. The names belong to the records.
//
// Half of it is free, so that probes are short: tens of steps at most for honest names. A hostile
// file may choose names that all want one place; those that find none within kMostSteps are not
// known here, and cost their owner a search each time.
class NameIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr size_t kMostSteps = 256;

  [[nodiscard]] uint32_t Find(std::string_view name) const {
    if (slots_.empty()) return kNone;
    const uint32_t hash = SymbolName(name).hash;
    size_t i = Start(hash);
    for (size_t steps = 0; steps != kMostSteps; ++steps, i = Next(i)) {
      const Slot& slot = slots_[i];
      if (slot.record == kNone) return kNone;
      if (slot.hash == hash && slot.name == name) return slot.record;
    }
    return kNone;
  }

  [[nodiscard]] size_t size() const { return used_; }

  // Room for so many names in all, so that Add need not ask for more.
  template <Arena R>
  [[nodiscard]] bool Reserve(R& arena, size_t names) {
    size_t size = 16;
    while (2 * names > size) size *= 2;
    return size <= slots_.size() || Grow(arena, size);
  }

  // The first record of a name keeps it.
  template <Arena R>
  [[nodiscard]] bool Add(R& arena, std::string_view name, uint32_t record) {
    if (!Reserve(arena, used_ + 1)) return false;
    Put({name, SymbolName(name).hash, record});
    return true;
  }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, slots_);
    used_ = 0;
  }

 private:
  struct Slot {
    std::string_view name;
    uint32_t hash = 0;
    uint32_t record = kNone;
  };

  // The last letters of names differ, which are the low bits of their hashes: all of them count.
  [[nodiscard]] size_t Start(uint32_t hash) const {
    const uint32_t spread = hash * uint32_t{0x9e3779b1};
    return static_cast<size_t>((uint64_t{spread} * slots_.size()) >> 32);
  }
  [[nodiscard]] size_t Next(size_t i) const { return (i + 1) & (slots_.size() - 1); }

  void Put(const Slot& what) {
    size_t i = Start(what.hash);
    for (size_t steps = 0; steps != kMostSteps; ++steps, i = Next(i)) {
      Slot& slot = slots_[i];
      if (slot.record == kNone) {
        slot = what;
        ++used_;
        return;
      }
      if (slot.hash == what.hash && slot.name == what.name) return;
    }
  }

  template <Arena R>
  [[nodiscard]] bool Grow(R& arena, size_t size) {
    std::span<Slot> old = slots_;
    std::span<Slot> grown = AllocateArray<Slot>(arena, size);
    if (grown.empty()) return false;
    slots_ = grown;
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.record != kNone) Put(slot);
    }
    FreeArray(arena, old);
    return true;
  }

  std::span<Slot> slots_;
  size_t used_ = 0;
};

}  // namespace rtld
