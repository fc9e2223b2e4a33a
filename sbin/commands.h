// SPDX-License-Identifier: BSD-2-Clause
//
// Every command as a function: what it does to a kernel and says on a terminal. The result is the
// exit status: 0, 1 when something failed (the other operands were still tried), 2 for a command
// line that makes no sense. `arguments` are those after the program's name.
#pragma once

#include "lib/kld/options.h"
#include "lib/kld/system.h"
#include "lib/kld/terminal.h"

namespace sbin {

using kld::Arguments;
using kld::System;
using kld::Terminal;

inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;

// One namespace for each, since they are compiled together and have names in common.
namespace kldd {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace kldinfo {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace kldload {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace kldunload {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace kldstat {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace kldsym {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace sysctl {
int Run(System& system, Terminal& terminal, Arguments arguments);
}
namespace poweroff {
int Run(System& system, Terminal& terminal, Arguments arguments);
}

// Prints "PROGRAM: error" (if there is one) and the usage; returns kUsage.
int PrintUsage(Terminal& terminal, std::string_view program, std::string_view error,
               std::string_view usage);

}  // namespace sbin
