// SPDX-License-Identifier: BSD-2-Clause
//
// The list of loaded images that debuggers read: SVR4's struct r_debug and struct link_map, as
// glibc's <link.h> declares them and GDB's solib-svr4.c reads them. DT_DEBUG of the kernel's own
// dynamic section points to `_r_debug`; the list begins with the kernel (name ""), the module
// manager chains modules behind it.
#pragma once

#include <cstdint>

namespace dynamic {

struct LinkMap {
  uintptr_t bias;
  const char* name;  // absolute path; "" for the kernel
  void* dynamic;     // run-time address of the dynamic section
  LinkMap* next;
  LinkMap* previous;
};

// What is happening to the list: set before r_debug_state is called.
enum DebugState : int { kConsistent = 0, kAdding = 1, kDeleting = 2 };

struct RDebug {
  int version;
  LinkMap* map;
  uintptr_t breakpoint;  // address of r_debug_state
  DebugState state;
  uintptr_t linker_base;
};

// Sets up the list with the kernel alone and points DT_DEBUG to it. Before RELRO is sealed, as the
// dynamic section lies there. Returns the kernel's entry, the head of the list.
LinkMap* InitDebugger(uintptr_t bias);

}  // namespace dynamic

extern "C" {
// Debuggers look for these names.
[[gnu::visibility("hidden")]] extern dynamic::RDebug _r_debug;
// Called after each change of `_r_debug.state`; debuggers stop here.
[[gnu::visibility("hidden")]] void r_debug_state();
}
