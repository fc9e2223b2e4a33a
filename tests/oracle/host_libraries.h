// SPDX-License-Identifier: BSD-2-Clause
//
// Links the shared objects that this machine has of a CPU, its own or another's, each with
// everything it needs, with rtld_shared in host memory, and compares what relocation stored with
// the libelf oracle. No code of theirs is run.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "arch/testing/machine.h"
#include "rtld_shared/testing/libelf_oracle/calculations.h"

namespace tests {

struct LibraryCounts {
  size_t compared = 0;    // linked, and every byte is the oracle's
  size_t undefined = 0;   // both find the same symbols undefined (plugins, mostly)
  size_t incomplete = 0;  // needs a library or a version that is not here
  size_t words = 0;
  size_t different = 0;  // the two disagree: a bug of one of them
};

class HostLibraries {
 public:
  // `directories` are where libraries are looked for by name, in order.
  HostLibraries(const arch::testing::Machine& machine, const oracle::Calculations& calculations,
                std::vector<std::string> directories)
      : machine_(machine), calculations_(calculations), directories_(std::move(directories)) {}

  // All shared objects of the CPU in the directories, each file once, of at most `largest`
  // bytes; sorted.
  [[nodiscard]] std::vector<std::string> Find(size_t largest) const;

  // Links one and compares. What is worth telling goes to `tell`, a line at a time.
  void Check(const std::string& path, LibraryCounts& counts,
             const std::function<void(const std::string&)>& tell);

 private:
  // Path of the library of that name, or empty.
  [[nodiscard]] std::string Locate(const std::string& name) const;
  // DT_NEEDED of a file; null if it cannot be read.
  [[nodiscard]] const std::vector<std::string>* NeededBy(const std::string& path);

  const arch::testing::Machine& machine_;
  const oracle::Calculations& calculations_;
  std::vector<std::string> directories_;
  std::map<std::string, std::vector<std::string>> needed_;  // what NeededBy has read
};

// Where this machine has libraries of a CPU: those of its own CPU, or those of cross tools. Empty
// if there are none.
[[nodiscard]] std::vector<std::string> DirectoriesOf(const arch::testing::Machine& machine);

// arch/<cpu>/relocations.
[[nodiscard]] bool ReadCalculationsOf(const arch::testing::Machine& machine,
                                      oracle::Calculations& calculations, std::string& error);

}  // namespace tests
