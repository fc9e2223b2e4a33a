// SPDX-License-Identifier: BSD-2-Clause
#include "sbin/init.h"

#include <sys/wait.h>

namespace sbin {

int ExitStatusOf(int wait_status) {
  if (wait_status < 0) return 127;
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return WEXITSTATUS(wait_status);
}

void Init(Machine& machine) {
  if (!machine.OpenConsole()) {
    machine.PowerOff(kBrokenMachine);
    return;
  }
  if (!machine.IsExecutable(kShell)) {
    machine.Write(std::string("init: ") + kShell + " is missing: nothing to run\n");
    machine.PowerOff(kBrokenMachine);
    return;
  }
  if (machine.Exists(kBootCommand)) {
    machine.SetConsoleLevel(kQuietLevel);
    machine.Write(kOutputMarker);
    machine.PowerOff(ExitStatusOf(machine.Run({kShell, kBootCommand})));
    return;
  }
  machine.Write("Welcome to Dynlink. `kldstat' lists the kernel's files, `poweroff' ends it.\n");
  int status;
  while ((status = machine.Run({kShell})) >= 0) {
  }
  machine.Write(std::string("init: can't start ") + kShell + "\n");
  machine.PowerOff(kBrokenMachine);
}

}  // namespace sbin
