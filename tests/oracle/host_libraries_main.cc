// SPDX-License-Identifier: BSD-2-Clause
//
// host_libraries LEAST [CPU...]: every shared object that this machine has of the CPUs (by default
// of all), its own libraries and those of cross tools, against the oracle. Run it from the top of
// the tree. Exit status 1 if anything differs, or if of one CPU fewer than LEAST are equal.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "arch/testing/machine.h"
#include "tests/oracle/host_libraries.h"

namespace {

// Compares all of one CPU; false if that is not good.
bool CheckAll(const arch::testing::Machine& machine, const oracle::Calculations& calculations,
              size_t least) {
  tests::HostLibraries libraries(machine, calculations, tests::DirectoriesOf(machine));
  tests::LibraryCounts counts;
  for (const std::string& path : libraries.Find(~size_t{0})) {
    libraries.Check(path, counts,
                    [](const std::string& line) { std::printf("%s\n", line.c_str()); });
  }
  for (const auto& [what, times] : counts.reasons) {
    std::printf("%s: not here, and needed by %zu images: %s\n", machine.name.c_str(), times,
                what.c_str());
  }
  std::printf(
      "%s: %zu libraries equal, %zu more but for what is undefined, in %zu words; %zu need what is "
      "not here; %zu differ\n",
      machine.name.c_str(), counts.compared, counts.undefined, counts.words, counts.incomplete,
      counts.different);
  std::fflush(stdout);
  if (counts.compared < least) {
    std::printf("%s: %zu are wanted\n", machine.name.c_str(), least);
  }
  return counts.different == 0 && counts.compared >= least;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t least = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (least == 0) {
    std::fprintf(stderr, "usage: host_libraries LEAST [CPU...]\n");
    return 2;
  }
  const std::vector<std::string> wanted(argv + 2, argv + argc);
  size_t known = 0;
  bool good = true;
  for (const arch::testing::Machine* machine : arch::testing::Machines()) {
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), machine->name) != wanted.end();
    if (!wanted.empty() && !is_wanted) continue;
    ++known;
    oracle::Calculations calculations;
    std::string error;
    if (!tests::ReadCalculationsOf(*machine, calculations, error)) {
      std::fprintf(stderr, "host_libraries: %s\n", error.c_str());
      return 2;
    }
    good = CheckAll(*machine, calculations, least) && good;
  }
  if (!wanted.empty() && known != wanted.size()) {
    std::fprintf(stderr, "host_libraries: no such CPU\n");
    return 2;
  }
  return good ? 0 : 1;
}
