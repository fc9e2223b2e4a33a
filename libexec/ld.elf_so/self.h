// SPDX-License-Identifier: BSD-2-Clause
//
// ld.elf_so's own image.
#pragma once

#include <cstdint>
#include <span>

#include "arch/current/elf_traits.h"

// Defined by the link editor; hidden, so that they are reached without a relocation. Link-time
// address 0 is __ehdr_start, so its address is the bias.
#pragma GCC visibility push(hidden)
extern "C" {
extern const arch::Current::Layout::Ehdr __ehdr_start;
extern const arch::Current::Layout::Dyn _DYNAMIC[];
void _start();
}
#pragma GCC visibility pop

namespace ldso {

inline uintptr_t OwnBias() { return reinterpret_cast<uintptr_t>(&__ehdr_start); }

inline std::span<const arch::Current::Layout::Phdr> OwnHeaders() {
  return {reinterpret_cast<const arch::Current::Layout::Phdr*>(OwnBias() + __ehdr_start.phoff),
          __ehdr_start.phnum};
}

// The second stage: everything is relocated.
[[noreturn]] void Main(uintptr_t* stack);

}  // namespace ldso
