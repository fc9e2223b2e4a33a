// SPDX-License-Identifier: BSD-2-Clause
//
// What a stress compares: the linker's counters but those of events, and the page tables.
#pragma once

#include <cstdint>
#include <string>

#include "lib/kld/system.h"

namespace stress {

// Which counters must be as before.
enum class Scope {
  kLinker,      // files, references, address space, registrations: exact at any time
  kLinkerHeap,  // and the linker's memory: exact when nobody is looking symbols up
  kSystem,      // and the kernel's heap and frames: exact when nobody else does anything
};

// Prints and returns false when a counter differs from `before`, or cannot be read.
[[nodiscard]] bool AsBefore(kld::System& system, const kld_counters& before, Scope scope,
                            const std::string& when);

// Prints and returns false when a walk over the page tables finds a fault.
[[nodiscard]] bool NoAliasFault(kld::System& system, const std::string& when);

// Prints "kldstress: WHEN: WHAT" and returns false.
bool Complain(const std::string& when, const std::string& what);

}  // namespace stress
