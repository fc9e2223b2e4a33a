// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel seen as an image: what it can find out about itself, and what the loader said about
// it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/current/elf_traits.h"
#include "kernel/dynamic/handoff.h"
#include "rtld_shared/elf/constants.h"

// Linker-defined; hidden, so that they are found relative to the program counter.
extern "C" {
[[gnu::visibility("hidden")]] extern const arch::Current::Layout::Ehdr __ehdr_start;
[[gnu::visibility("hidden")]] extern arch::Current::Layout::Dyn _DYNAMIC[];
}

namespace dynamic {

// Usable before relocation: run-time address of the own dynamic section, and run-time minus
// link-time address. The image's first page holds its ELF header and program headers, which state
// link-time addresses whatever was relocated.
[[gnu::always_inline]] inline const arch::Current::Layout::Dyn* OwnDynamic() { return _DYNAMIC; }

[[gnu::always_inline]] inline uintptr_t OwnBias() {
  const uintptr_t header = reinterpret_cast<uintptr_t>(&__ehdr_start);
  const auto* phdrs = reinterpret_cast<const arch::Current::Layout::Phdr*>(
      header + static_cast<uintptr_t>(__ehdr_start.phoff.get()));
  // PT_PHDR or the first PT_LOAD would do as well; the dynamic section is there by definition.
  for (uint16_t i = 0; i < __ehdr_start.phnum; ++i) {
    if (phdrs[i].type == elf::kPtDynamic) {
      return reinterpret_cast<uintptr_t>(_DYNAMIC) - static_cast<uintptr_t>(phdrs[i].vaddr.get());
    }
  }
  __builtin_trap();
}

}  // namespace dynamic
