// SPDX-License-Identifier: BSD-2-Clause
//
// What the files of the program share. A group is a function of checks; main() in abi.cc has the
// list of them.
#pragma once

#include <sys/types.h>

#include <csignal>

namespace abi {

void Check(bool good, const char* what, const char* file, int line);
#define CHECK(condition) ::abi::Check(condition, #condition, __FILE__, __LINE__)

// Runs a group and says how it went.
void Group(const char* name, void (*function)());

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
