// SPDX-License-Identifier: BSD-2-Clause
#include "lib/boot_options/boot_options.h"

#include "kernel/main.h"

namespace kernel {

bool HasBootOption(std::string_view word) {
  return boot_options::HasWord(BootInfo().command_line, word);
}

std::optional<std::string_view> BootOption(std::string_view name) {
  return boot_options::ValueOf(BootInfo().command_line, name);
}

}  // namespace kernel
