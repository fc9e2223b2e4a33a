// SPDX-License-Identifier: BSD-2-Clause
//
// Telling the user what the kernel told us.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/kld/system.h"
#include "lib/kld/terminal.h"

namespace kld {

// The kernel's report of this process's last load or unload: lines, the last one ended by a
// newline, or "" if it said nothing.
[[nodiscard]] std::string LastReport(System& system);

// Prints "PROGRAM: REPORT" to standard error; where the kernel gave no report, "PROGRAM: WHAT:
// meaning of the error". `error` is a system call's negative result.
void PrintFailure(System& system, Terminal& terminal, std::string_view program,
                  std::string_view what, int64_t error);

}  // namespace kld
