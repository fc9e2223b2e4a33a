// SPDX-License-Identifier: BSD-2-Clause
#include "sbin/commands.h"

namespace sbin {

int PrintUsage(Terminal& terminal, std::string_view program, std::string_view error,
               std::string_view usage) {
  std::string text;
  if (!error.empty()) text = std::string(program) + ": " + std::string(error) + "\n";
  terminal.Err(text + "usage: " + std::string(usage) + "\n");
  return kUsage;
}

}  // namespace sbin
