// SPDX-License-Identifier: BSD-2-Clause
//
// CallResolver: calls an IFUNC resolver of an image that is for the CPU in force. Who has it run
// says what the CPU can do, as Linux' AT_HWCAP and AT_HWCAP2 do; 0 is a CPU with no more than its
// base. C libraries agree on the rest:
//
//   resolver(hwcap, 0, 0, ..)        on most CPUs. Resolvers that take less do not look; those that
//                                    would ask a function for more have none to ask; those of systems
//                                    that pass more words (FreeBSD) find a CPU with no more.
//   resolver(hwcap | flag, &block)   on CPUs with kResolverBlock

#pragma once

#include <cstdint>

#include "arch/contract/elf_arch.h"

namespace rtld {

// `resolver` is its run-time address, or that of its descriptor where functions have such. Foreign
// code runs: the caller holds no lock.
template <arch::ElfArch A>
[[nodiscard]] uintptr_t CallResolver(uintptr_t resolver, uintptr_t hwcap, uintptr_t hwcap2) {
  if constexpr (arch::HasResolverBlock<A>) {
    const uintptr_t block[3] = {sizeof(block), hwcap, hwcap2};
    using Function = uintptr_t (*)(uintptr_t, const uintptr_t*);
    return reinterpret_cast<Function>(resolver)(hwcap | uintptr_t{A::kResolverBlock}, block);
  } else {
    using Word = uintptr_t;
    using Function = Word (*)(Word, Word, Word, Word, Word, Word, Word, Word);
    return reinterpret_cast<Function>(resolver)(hwcap, 0, 0, 0, 0, 0, 0, 0);
  }
}

}  // namespace rtld
