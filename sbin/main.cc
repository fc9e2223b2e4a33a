// SPDX-License-Identifier: BSD-2-Clause
//
// The program around one command: COMMAND is its function in commands.h.
#include <string>
#include <vector>

#include "sbin/commands.h"

int main(int argc, char** argv) {
  kld::KernelSystem system;
  kld::StandardTerminal terminal;
  const std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
  return sbin::COMMAND(system, terminal, arguments);
}
