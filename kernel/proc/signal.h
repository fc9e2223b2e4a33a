// SPDX-License-Identifier: BSD-2-Clause
//
// Signals between processes: posting, permission, and what a program meets before it resumes
// (proc::BeforeUser of arch/contract/kernel/user.h).
#pragma once

#include "kernel/proc/process.h"

namespace proc {

// With the table's lock held. Makes the signal pending and wakes the process as needed; continues a
// stopped one for SIGCONT and SIGKILL.
void Post(Process& process, int signal, const SignalInfo& info);
// To every member; how many there are.
size_t PostToGroup(int32_t group, int signal, const SignalInfo& info);

// kill(2) by the current process: pid > 0 one, 0 the own group, -1 everybody that may be signalled
// but the first process and oneself, < -1 the group. Signal 0 only checks. ESRCH, EPERM, EINVAL.
base::Error Kill(int32_t pid, int signal, int code);

// To the current process, as a consequence of its own call (SIGPIPE).
void PostToSelf(int signal, const SignalInfo& info);

// A signal is there that the current process would take: long work should stop.
bool HasDeliverable(const Process& process);

}  // namespace proc
