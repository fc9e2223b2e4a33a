// SPDX-License-Identifier: BSD-2-Clause
//
// The first process: modules, then a script and the end of the machine, or a shell for ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbin {

// What init asks of the machine.
class Machine {
 public:
  virtual ~Machine() = default;

  // Standard input, output and error become the console; a program started now would not have one.
  virtual bool OpenConsole() = 0;
  virtual bool IsExecutable(const char* path) = 0;
  virtual bool Exists(const char* path) = 0;
  // The whole of a file; nothing if it cannot be read.
  virtual std::optional<std::string> ReadFile(const char* path) = 0;
  virtual void Write(std::string_view text) = 0;
  // Loads a module by name; says on the console why it could not.
  virtual void LoadModule(const std::string& name) = 0;
  // Only kernel messages of this level and above go to the console from now on.
  virtual void SetConsoleLevel(const char* level) = 0;
  // Runs a program as the leader of a session of its own with the console as its controlling
  // terminal, and waits for it, burying orphans meanwhile. Returns its wait status (wait(2)), or a
  // negated errno if it could not be started.
  virtual int Run(const std::vector<std::string>& arguments) = 0;
  // Returns only if that failed.
  virtual void PowerOff(int status) = 0;
};

inline constexpr char kRcConf[] = "/etc/rc.conf";
inline constexpr char kBootCommand[] = "/boot/command";
inline constexpr char kShell[] = "/bin/sh";
inline constexpr char kQuietLevel[] = "3";  // as syslog counts: errors and worse
// Ends what the boot printed: from the next line on, the console shows what the command prints.
inline constexpr char kOutputMarker[] =
    "\x1e"
    "DYNLINK-OUTPUT\x1e\n";
// The exit status of a machine that could not do its job, as for a panic.
inline constexpr int kBrokenMachine = 125;

// As a shell counts: the exit status, or 128 + the signal that ended the program; a program that
// could not be started is 127.
[[nodiscard]] int ExitStatusOf(int wait_status);

// What kld_list="NAME NAME..." says in the text of rc.conf(5): modules to load before anything
// runs. The last such line counts; quotation marks may be left out around one name.
[[nodiscard]] std::vector<std::string> ModulesToLoad(std::string_view rc_conf);

// Loads the modules of /etc/rc.conf. Then runs /boot/command and ends the machine with its status;
// without that file, runs shells one after the other. Returns only when the machine would not go
// off.
void Init(Machine& machine);

}  // namespace sbin
