// SPDX-License-Identifier: BSD-2-Clause
//
// IsFunction: whether a function of the image can be at an address. Code, where addresses of
// functions are those of code; on CPUs whose functions have descriptors (arch::HasDescriptors) a
// descriptor in the image whose code is the image's. For the latter the image is relocated already,
// by its relative relocations at least.

#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/place.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

// `vaddr` is a link-time address.
template <arch::ElfArch A, ReadableMemory M>
[[nodiscard]] bool IsFunction(const Module<A>& module, M& memory, uint64_t vaddr) {
  if (!MayBeFunction<A>(module.plan, vaddr)) return false;
  if constexpr (arch::HasDescriptors<A>) {
    using L = typename A::Layout;
    const std::byte* descriptor = memory.At(vaddr, sizeof(typename L::Addr));
    return descriptor != nullptr &&
           module.plan.IsCode(module.LinkTime(LoadWord<L>(descriptor, sizeof(typename L::Addr))));
  } else {
    return true;
  }
}

}  // namespace rtld
