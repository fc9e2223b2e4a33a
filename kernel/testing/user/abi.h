// SPDX-License-Identifier: BSD-2-Clause
//
// What the files of the program share; main() in abi.cc has the list of its groups.
#pragma once

#include <sys/types.h>

#include <csignal>

#include "kernel/testing/user/checks.h"

namespace abi {

// The last signal that Note() was the handler of.
extern volatile sig_atomic_t g_signal;
void Note(int signal);
void Catch(int signal, void (*handler)(int), int flags);
// Sends `signal` to this process after a while, from a child.
pid_t SendLater(int signal);

// The groups of the other files. `strict` adds those that Linux may fail.
void SignalGroups(bool strict);
void TimeoutGroups();
void RegisterGroups();
void ExecGroups();
// What the program is started again for: whether `text` is `digits` times an x. The status to end with.
int CheckLength(const char* digits, const char* text);

}  // namespace abi
