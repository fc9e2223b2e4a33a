// SPDX-License-Identifier: BSD-2-Clause
//
// Runs a program and keeps what it said.
#pragma once

#include <string>
#include <vector>

struct Finished {
  int status;  // exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

// Runs arguments[0], a path, with exactly this environment, in `directory`; behind the words of the
// environment variable EMULATOR, if there is one.
Finished RunProcess(const std::string& directory, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment);
