// SPDX-License-Identifier: BSD-2-Clause
//
// Pending: what relocation of one image puts off, because it reads other images' bytes or runs
// code. The session does it in this order:
//
//   ApplyCopy    the bytes of a COPY
//   ApplySlot    a PLT slot that is more than one address, on CPUs that have such (arch::HasSlots)
//   ApplyIfunc   what a resolver returns; into a slot of that kind, it is the slot's target
//
// and what a resolver has stored in a variable goes to its copies too (link/copied.h).
//
// None of them reports anything: false means that what is named is not there.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/place.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

// *place = call(resolver) + addend.
template <arch::ElfArch A>
struct PendingIfunc {
  Module<A>* module;                  // whose place it is
  typename A::Layout::Addr place;     // link-time address
  typename A::Layout::Addr resolver;  // run-time address, in an executable segment of its image
  typename A::Layout::Addr addend;
  bool slot = false;                    // to be stored as a PLT slot is (PendingSlot)
  const Module<A>* provider = nullptr;  // whose resolver it is, if that is known
};

// A PLT slot that is more than one address, on CPUs that have such (arch::HasSlots).
template <arch::ElfArch A>
struct PendingSlot {
  Module<A>* module;
  typename A::Layout::Addr place;
  typename A::Layout::Addr target;  // run-time address; 0: an undefined weak symbol
  typename A::Layout::Addr addend;
  const Module<A>* provider;  // whose function it is; nullptr when that is not known, or 0
};

template <arch::ElfArch A>
struct PendingCopy {
  Module<A>* module;
  typename A::Layout::Addr place;
  uint64_t size;
  Definition<A> from;
  uint64_t reach =
      0;  // CopiedResults has sorted it: where it and those before end, at the farthest
};

// One reference to a symbol that nobody in scope defines.
template <arch::ElfArch A>
struct UndefinedReference {
  Module<A>* module;
  uint32_t symbol;
  uint32_t type;
  typename A::Layout::Addr place;
  bool weak;
};

template <arch::ElfArch A>
struct Pending {
  List<PendingIfunc<A>> ifuncs;
  List<PendingCopy<A>> copies;
  List<PendingSlot<A>> slots;
  List<UndefinedReference<A>> undefined;

  template <Arena R>
  void Clear(R& arena) {
    ifuncs.Clear(arena);
    copies.Clear(arena);
    slots.Clear(arena);
    undefined.Clear(arena);
  }
};

// The bytes of a COPY. False when they are not in the provider's image; nothing is reported.
template <arch::ElfArch A, WritableMemory To, ReadableMemory From>
[[nodiscard]] bool ApplyCopy(const PendingCopy<A>& copy, To& to, From& from) {
  std::byte* target = to.At(copy.place, copy.size);
  const std::byte* source = from.At(copy.from.symbol->value, copy.size);
  if (target == nullptr || source == nullptr) return false;
  std::memcpy(target, source, static_cast<size_t>(copy.size));
  return true;
}

// Stores a PLT slot: `fetch(run-time address, ok)` reads a word of any image that is linked. `sync(
// place, size)` is told what was written; `in_text` says that places in text are allowed. False when
// the slot's place or what it is made from is not there; nothing is reported.
template <arch::HasSlots A, WritableMemory M, class FetchWord, class Sync>
[[nodiscard]] bool ApplySlot(const PendingSlot<A>& slot, M& memory, bool in_text, FetchWord&& fetch,
                             Sync&& sync) {
  using L = typename A::Layout;
  struct Context {
    using Addr = typename L::Addr;
    Places<M> places;
    std::remove_reference_t<FetchWord>& fetch;
    std::remove_reference_t<Sync>& sync;
    Addr bias, place, addend, target;

    [[nodiscard]] bool Store(Addr at, unsigned width, Addr value) {
      std::byte* bytes = places.At(at, width);
      if (bytes == nullptr) return false;
      StoreWord<L>(bytes, width, value);
      sync(at, width);
      return true;
    }
    [[nodiscard]] Addr Fetch(Addr address, bool& ok) { return fetch(address, ok); }
  };
  static_assert(arch::SlotContext<Context>);
  Context context = {{memory, slot.module->plan, in_text},
                     fetch,
                     sync,
                     slot.module->bias,
                     slot.place,
                     slot.addend,
                     slot.target};
  return A::StoreSlot(context);
}

// `call(resolver)` runs the resolver at that run-time address and gives what it returned: foreign
// code, so the caller of this holds no lock. False when the place is gone.
template <arch::ElfArch A, WritableMemory M, class Call>
[[nodiscard]] bool ApplyIfunc(const PendingIfunc<A>& ifunc, M& memory, Call&& call) {
  using L = typename A::Layout;
  using Addr = typename L::Addr;
  std::byte* place = memory.At(ifunc.place, sizeof(Addr));
  if (place == nullptr) return false;
  const Addr target = static_cast<Addr>(call(ifunc.resolver));
  StoreWord<L>(place, sizeof(Addr), static_cast<Addr>(target + ifunc.addend));
  return true;
}

}  // namespace rtld
