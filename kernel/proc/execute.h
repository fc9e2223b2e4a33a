// SPDX-License-Identifier: BSD-2-Clause
//
// execve: a program into a process.
#pragma once

#include <string_view>

#include "kernel/exec/program.h"
#include "kernel/proc/process.h"

namespace proc {

// Loads `path` for `process` (the current one, or one that has not run yet), which from then on is
// that program: its space, names and ids, its snapshot ready for arch::EnterUser. On failure the
// process is what it was, whatever exec::Load answered.
base::Error LoadInto(Process& process, std::string_view path, exec::Arguments& arguments);

}  // namespace proc
