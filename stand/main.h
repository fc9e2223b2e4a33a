// SPDX-License-Identifier: BSD-2-Clause
//
// The boot, in order. A CPU's entry code calls Run with its Traits.
#pragma once

#include <new>

#include "arch/contract/boot/boot.h"
#include "arch/contract/elf_arch.h"
#include "stand/link.h"
#include "stand/loader.h"

namespace stand {

// A zeroed or constructed object in memory that the kernel frees. Dies without memory.
template <class T, class... Arguments>
T& Make(FrameArena& arena, Arguments&&... arguments) {
  void* memory = arena.Allocate(sizeof(T), alignof(T));
  if (memory == nullptr) Die("not enough memory");
  return *new (memory) T(static_cast<Arguments&&>(arguments)...);
}

template <arch::ElfArch A>
[[noreturn]] void Run(const boot::Machine& machine) {
  // 1. Memory, and in it what is too large for the stack.
  MemoryMap map;
  PrepareMemory(machine, map);
  FrameArena arena(map, machine.reach);
  auto& handoff = Make<dynamic::Handoff>(arena);
  auto& loader = Make<Loader>(arena, machine, map, arena, handoff);

  // 2. What is wanted.
  loader.ReadConfiguration();

  // 3. The kernel, then the modules, each with what it needs.
  handoff.ticks_load = boot::Ticks();
  auto& linker = Make<ImageLinker<A>>(arena, loader);
  const uint64_t entry = linker.LinkKernel();
  for (const PreloadEntry& preload : loader.conf().preloads()) {
    if (preload.load) linker.LinkPreload(preload);
  }
  handoff.ticks_relocated = boot::Ticks();

  // 4. Go.
  loader.EnterKernel(entry);
}

}  // namespace stand
