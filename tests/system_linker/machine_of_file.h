// SPDX-License-Identifier: BSD-2-Clause
//
// Which CPU a file is for, and how this machine starts its programs.

#pragma once

#include <string>

#include "arch/testing/machine.h"
#include "tests/system_linker/snapshot.h"

namespace tests {

// The CPU by machine number, class and byte order of an ELF file; null if the tree has none such.
[[nodiscard]] const arch::testing::Machine* MachineOfFile(const std::string& path);

// The emulator is the environment's EMULATOR; the root is where cross tools keep the CPU's libraries.
[[nodiscard]] Launch LaunchOf(const arch::testing::Machine& machine, const std::string& preload);

}  // namespace tests
