// SPDX-License-Identifier: BSD-2-Clause
//
// host_libraries [CPU...]: every shared object that this machine has of the CPUs (by default of
// all), its own libraries and those of cross tools, against the oracle. Run it from the top of the
// tree. Exit status 1 if anything differs.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "arch/testing/machine.h"
#include "tests/oracle/host_libraries.h"

int main(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  bool good = true;
  for (const arch::testing::Machine* machine : arch::testing::Machines()) {
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), machine->name) != wanted.end();
    if (!wanted.empty() && !is_wanted) continue;
    oracle::Calculations calculations;
    std::string error;
    if (!tests::ReadCalculationsOf(*machine, calculations, error)) {
      std::fprintf(stderr, "host_libraries: %s\n", error.c_str());
      return 2;
    }
    tests::HostLibraries libraries(*machine, calculations, tests::DirectoriesOf(*machine));
    tests::LibraryCounts counts;
    for (const std::string& path : libraries.Find(~size_t{0})) {
      libraries.Check(path, counts,
                      [](const std::string& line) { std::printf("%s\n", line.c_str()); });
    }
    std::printf(
        "%s: %zu libraries agree in %zu words, %zu more on what is undefined; %zu need what is not "
        "here; %zu differ\n",
        machine->name.c_str(), counts.compared, counts.words, counts.undefined, counts.incomplete,
        counts.different);
    good = good && counts.different == 0;
  }
  return good ? 0 : 1;
}
