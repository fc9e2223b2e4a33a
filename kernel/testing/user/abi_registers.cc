// SPDX-License-Identifier: BSD-2-Clause
//
// Registers of a program that the kernel loads when it returns to it, and what may go wrong then.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/contract/user/segments.h"
#include "kernel/testing/user/abi.h"

namespace abi {
namespace {

// Linux kills the program; a kernel may also give it another segment.
void TestStackSegment() {
  const pid_t child = fork();
  if (child == 0) _exit(arch::LoseStackSegment() ? 0 : 1);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0 ||
        (WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS)));
}

}  // namespace

void RegisterGroups() { Group("stack segment", TestStackSegment); }

}  // namespace abi
