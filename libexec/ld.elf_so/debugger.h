// SPDX-License-Identifier: BSD-2-Clause
//
// What debuggers read (SVR4 <link.h>): `_r_debug` with the chain of images, and a function that is
// called on each change of it. A debugger finds them through the program's DT_DEBUG.
#pragma once

#include <cstdint>

namespace ldso {

struct LinkMap {
  uintptr_t address;    // bias
  const char* name;     // absolute path; "" for the program
  const void* dynamic;  // run-time address
  LinkMap* next;
  LinkMap* previous;
};

enum DebugState : int { kConsistent = 0, kAdding = 1, kDeleting = 2 };

struct DebugRecord {
  int version;  // 1
  LinkMap* map;
  uintptr_t changed;  // address of r_debug_state
  DebugState state;
  uintptr_t linker_base;  // bias of ld.elf_so
};

}  // namespace ldso

extern "C" {
extern ldso::DebugRecord _r_debug;
// Debuggers put a breakpoint here.
void r_debug_state();
}

namespace ldso {

// Announces that images are being added: called once, before the first is mapped.
void BeginChange(uintptr_t linker_base);
// Appends an image; `entry` lives as long as the process.
void AppendImage(LinkMap& entry);
void EndChange();

}  // namespace ldso
