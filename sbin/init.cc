// SPDX-License-Identifier: BSD-2-Clause
#include "sbin/init.h"

#include <sys/wait.h>

namespace sbin {

int ExitStatusOf(int wait_status) {
  if (wait_status < 0) return 127;
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return WEXITSTATUS(wait_status);
}

std::vector<std::string> ModulesToLoad(std::string_view rc_conf) {
  constexpr std::string_view kName = "kld_list=";
  std::string_view value;
  while (!rc_conf.empty()) {
    const std::string_view line = rc_conf.substr(0, rc_conf.find('\n'));
    rc_conf.remove_prefix(line.size() + (line.size() < rc_conf.size() ? 1 : 0));
    if (!line.starts_with(kName)) continue;
    value = line.substr(kName.size());
    const bool quoted = value.starts_with('"') || value.starts_with('\'');
    const char end = quoted ? value[0] : ' ';
    value = value.substr(quoted ? 1 : 0);
    value = value.substr(0, value.find(end));
  }
  std::vector<std::string> names;
  while (!value.empty()) {
    const std::string_view word = value.substr(0, value.find(' '));
    value.remove_prefix(word.size() + (word.size() < value.size() ? 1 : 0));
    if (!word.empty()) names.emplace_back(word);
  }
  return names;
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
  if (const std::optional<std::string> text = machine.ReadFile(kRcConf)) {
    for (const std::string& module : ModulesToLoad(*text)) machine.LoadModule(module);
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
