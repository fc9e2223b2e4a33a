// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/debug_map.h"

namespace {

struct DebugInterface {
  int r_version;
  kld::DebugMap* r_map;
  uintptr_t r_brk;  // 0, see below
  int r_state;
  uintptr_t r_ldbase;  // of the run-time linker: the kernel has none
};

}  // namespace

// The names are what debuggers look for.
extern "C" {

__attribute__((noinline, used)) void r_debug_state(void) {
  // A debugger's breakpoint; kept from being merged with other empty functions.
  asm volatile("" ::: "memory");
}

// r_brk is not set: GDB finds r_debug_state by its name then. From r_brk it would also conclude
// that the text around it, all of the kernel's, is a run-time linker's, which `step` passes
// through.
DebugInterface _r_debug = {1, nullptr, 0, 0, 0};

}  // extern "C"

namespace kld {

void AnnounceDebugState(DebugState state) {
  _r_debug.r_state = static_cast<int>(state);
  r_debug_state();
}

void AppendDebugMap(DebugMap& entry) {
  DebugMap* last = _r_debug.r_map;
  if (last == nullptr) {
    _r_debug.r_map = &entry;
    return;
  }
  while (last->l_next != nullptr) last = last->l_next;
  last->l_next = &entry;
  entry.l_prev = last;
}

void RemoveDebugMap(DebugMap& entry) {
  if (entry.l_prev != nullptr) {
    entry.l_prev->l_next = entry.l_next;
  } else if (_r_debug.r_map == &entry) {
    _r_debug.r_map = entry.l_next;
  }
  if (entry.l_next != nullptr) entry.l_next->l_prev = entry.l_prev;
  entry.l_next = entry.l_prev = nullptr;
}

DebugMap* FirstDebugMap() { return _r_debug.r_map; }

uintptr_t DebugAddress() { return reinterpret_cast<uintptr_t>(&_r_debug); }

}  // namespace kld
