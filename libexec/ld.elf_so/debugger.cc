// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/debugger.h"

#define EXPORTED [[gnu::visibility("default")]]

extern "C" {
EXPORTED constinit ldso::DebugRecord _r_debug = {};

EXPORTED [[gnu::noinline]] void r_debug_state() {
  // Kept from being folded into another empty function, or dropped.
  asm volatile("");
}
}

namespace ldso {
namespace {

LinkMap* last_image = nullptr;

}  // namespace

void BeginChange(uintptr_t linker_base) {
  _r_debug.version = 1;
  _r_debug.changed = reinterpret_cast<uintptr_t>(&r_debug_state);
  _r_debug.linker_base = linker_base;
  _r_debug.state = kAdding;
  r_debug_state();
}

void AppendImage(LinkMap& entry) {
  entry.previous = last_image;
  entry.next = nullptr;
  (last_image ? last_image->next : _r_debug.map) = &entry;
  last_image = &entry;
}

void EndChange() {
  _r_debug.state = kConsistent;
  r_debug_state();
}

}  // namespace ldso
