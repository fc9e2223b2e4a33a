// SPDX-License-Identifier: BSD-2-Clause
//
// Runs a command against a fake kernel and keeps what it printed.
#pragma once

#include <string>
#include <vector>

#include "lib/kld/testing/fake_kernel.h"
#include "sbin/commands.h"

namespace sbin::testing {

using Command = int (*)(System&, Terminal&, Arguments);

struct Ran {
  int status;
  std::string out;
  std::string err;
};

inline Ran RunCommand(Command command, System& system, const std::vector<std::string>& arguments) {
  kld::testing::Capture terminal;
  const int status = command(system, terminal, arguments);
  return {status, terminal.out, terminal.err};
}

}  // namespace sbin::testing
