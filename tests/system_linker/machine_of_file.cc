// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/machine_of_file.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>

namespace tests {

using arch::testing::Machine;

const Machine* MachineOfFile(const std::string& path) {
  // gABI, "ELF Header": e_ident, e_type, e_machine.
  std::array<char, 20> header = {};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(header.data(), header.size()) || std::string(header.data(), 4) !=
                                                      "\x7f"
                                                      "ELF") {
    return nullptr;
  }
  const unsigned word = header[4] == 2 ? 8 : 4;
  const bool big_endian = header[5] == 2;
  const auto low = static_cast<uint8_t>(header[big_endian ? 19 : 18]);
  const auto high = static_cast<uint8_t>(header[big_endian ? 18 : 19]);
  for (const Machine* machine : arch::testing::Machines()) {
    if (machine->number == (high << 8 | low) && machine->word == word &&
        machine->big_endian == big_endian) {
      return machine;
    }
  }
  return nullptr;
}

Launch LaunchOf(const Machine& machine, const std::string& preload) {
  Launch launch = {.preload = preload};
  const char* emulator = std::getenv("EMULATOR");
  std::string triple;
  if (emulator != nullptr && std::ifstream("arch/" + machine.name + "/triple") >> triple) {
    launch.emulator = emulator;
    launch.root = "/usr/" + triple;
  }
  return launch;
}

}  // namespace tests
