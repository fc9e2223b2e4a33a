// SPDX-License-Identifier: BSD-2-Clause
//
// kldtools: all commands in one program, which does what the name it is called by says. A static
// program is mostly C library, so one is much smaller than eight, in the boot archive and in
// memory.
#include <string>
#include <string_view>
#include <vector>

#include "sbin/commands.h"

namespace {

struct Command {
  std::string_view name;
  int (*run)(sbin::System& system, sbin::Terminal& terminal, sbin::Arguments arguments);
};

constexpr Command kCommands[] = {
    {"kldd", sbin::kldd::Run},         {"kldinfo", sbin::kldinfo::Run},
    {"kldload", sbin::kldload::Run},   {"kldstat", sbin::kldstat::Run},
    {"kldsym", sbin::kldsym::Run},     {"kldunload", sbin::kldunload::Run},
    {"poweroff", sbin::poweroff::Run}, {"sysctl", sbin::sysctl::Run},
};

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

const Command* Find(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  kld::KernelSystem system;
  kld::StandardTerminal terminal;
  std::vector<std::string> words(argv, argv + argc);
  // Under its own name, the command is its first argument.
  for (int attempt = 0; attempt < 2 && !words.empty(); ++attempt) {
    const Command* command = Find(BaseName(words[0]));
    words.erase(words.begin());
    if (command) return command->run(system, terminal, words);
  }
  std::string usage = "kldtools command [argument ...]\ncommands:";
  for (const Command& command : kCommands) usage += " " + std::string(command.name);
  return sbin::PrintUsage(terminal, "kldtools", "", usage);
}
