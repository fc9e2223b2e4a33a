// SPDX-License-Identifier: BSD-2-Clause
//
// The part of a file that is given back once it is loaded (PT_LOADs with elf::kPfInit): nothing
// that stays may lead there. References in code are the static linker's matter (module.ld); those
// in data, and what other files may bind to, are known here, before any code of the file runs.
#pragma once

#include "kernel/dynlink/link.h"

namespace kld {

// After relocation, before the resolvers. Each offender is told: a table in the init-only part that
// is read later (the dynamic section, symbols, strings, hashes, versions, the file's own sets), a
// symbol that is exported from there, DT_FINI, a relocated word outside it that points into it. The
// arrays of constructors are no offenders: they are read before the part is given back and never
// again. Where functions have descriptors, to lead to the descriptor of a function in the part is to
// lead there; the descriptor itself is no offender.
[[nodiscard]] bool CheckInitOnly(Linked& linked, Teller& teller);

}  // namespace kld
