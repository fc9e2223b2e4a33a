// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dynamic/debug.h"

#include "kernel/dynamic/image.h"

dynamic::RDebug _r_debug;

// The body keeps the call and its arguments from being optimised away.
[[gnu::noinline]] void r_debug_state() { asm volatile("" : : : "memory"); }

namespace dynamic {
namespace {

LinkMap kernel_map;

}  // namespace

LinkMap* InitDebugger(uintptr_t bias) {
  kernel_map = {
      .bias = bias, .name = "", .dynamic = _DYNAMIC, .next = nullptr, .previous = nullptr};
  _r_debug = {.version = 1,
              .map = &kernel_map,
              .breakpoint = reinterpret_cast<uintptr_t>(&r_debug_state),
              .state = kConsistent,
              .linker_base = 0};
  using Dyn = arch::Current::Layout::Dyn;
  for (Dyn* entry = _DYNAMIC; entry->tag != elf::kDtNull; ++entry) {
    if (entry->tag == elf::kDtDebug) {
      entry->val = static_cast<arch::Current::Layout::Addr>(reinterpret_cast<uintptr_t>(&_r_debug));
    }
  }
  return &kernel_map;
}

}  // namespace dynamic
