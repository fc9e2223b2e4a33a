// SPDX-License-Identifier: BSD-2-Clause
//
// Thread-local storage of the images that are there at start: one block for the first thread, all
// of it static (U. Drepper, "ELF Handling For Thread-Local Storage"). The program's block has the
// place its own code was linked for, so it is given out first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/rtld/machine.h"
#include "arch/current/elf_traits.h"
#include "libexec/ld.elf_so/arena.h"
#include "rtld_shared/decode/tls.h"
#include "rtld_shared/link/module.h"

namespace ldso {

using Module = rtld::Module<arch::Current>;

// What general-dynamic code passes to __tls_get_addr.
struct TlsIndex {
  uintptr_t module;
  uintptr_t offset;  // from the psABI's bias
};

class StaticTls {
 public:
  // Gives `module` an id and its block a place, if it has a PT_TLS. In scope order, before anything
  // is relocated. False: the block does not fit, or there is no memory.
  [[nodiscard]] bool Add(PageArena& arena, Module& module);

  // Makes the block, zero but for the thread control block, and points the thread at it. `random`
  // are 16 bytes. False: no memory, or the kernel refuses.
  [[nodiscard]] bool Start(const uint8_t* random);

  // Copies the initial values of `module`, which is relocated wholly.
  void Fill(const Module& module) const;

  // The address of a variable, for the calling thread. Module 0 has those undefined and weak: the
  // offset is all of their address.
  void* Address(const TlsIndex& index) const {
    if (index.module == 0) [[unlikely]] {
      return reinterpret_cast<void*>(index.offset + arch::Current::Tls::kDtvBias);
    }
    return reinterpret_cast<void*>(arch::ThreadPointer() + offsets_[index.module] + index.offset +
                                   arch::Current::Tls::kDtvBias);
  }
  // The calling thread's block of a module, or nullptr if it has none.
  void* BlockOf(uint64_t module) const {
    if (module == 0) return nullptr;
    return reinterpret_cast<void*>(arch::ThreadPointer() + offsets_[module]);
  }

 private:
  rtld::StaticTlsLayout<arch::Current> layout_;
  rtld::List<intptr_t> offsets_;  // by module id; id 0 is nobody's
  uintptr_t thread_pointer_ = 0;
};

// The one of this process; constant-initialised, so that it is there before any constructor.
extern constinit StaticTls static_tls;

}  // namespace ldso
