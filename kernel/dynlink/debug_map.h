// SPDX-License-Identifier: BSD-2-Clause
//
// The list that debuggers read (SVR4's <link.h>: struct r_debug, struct link_map): all files with
// bias, absolute name and dynamic section, the kernel first with an empty name. DT_DEBUG of the
// kernel points to _r_debug, and r_debug_state() is called before and after each change, so that a
// breakpoint there sees them all. GDB then lists modules as shared libraries.
//
// The linker thread's; debuggers read it while the system stands still.
#pragma once

#include <cstdint>

namespace kld {

// One entry; `l_` and the order of the members are the interface.
struct DebugMap {
  uintptr_t l_addr = 0;  // bias
  const char* l_name = "";
  uintptr_t l_ld = 0;  // run-time address of .dynamic
  DebugMap* l_next = nullptr;
  DebugMap* l_prev = nullptr;
};

enum class DebugState : int { kConsistent = 0, kAdd = 1, kDelete = 2 };

// Tells debuggers that the list is about to change (kAdd, kDelete) or has changed (kConsistent).
void AnnounceDebugState(DebugState state);
// The list is changed between two announcements. Append puts `entry` at the end.
void AppendDebugMap(DebugMap& entry);
void RemoveDebugMap(DebugMap& entry);
// The first entry, null when there is none.
DebugMap* FirstDebugMap();

// What DT_DEBUG points to.
uintptr_t DebugAddress();

}  // namespace kld
