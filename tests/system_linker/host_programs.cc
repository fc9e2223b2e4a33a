// SPDX-License-Identifier: BSD-2-Clause
//
// host_programs SNAPSHOT.SO LEAST [COUNT]: compares the largest COUNT (LEAST) programs of this
// machine, each with all its libraries. None of them runs: the snapshot ends them. Exits with 1 if
// one differs, or if fewer than LEAST are equal.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/system_linker/compare.h"
#include "tests/system_linker/machine_of_file.h"
#include "tests/system_linker/snapshot.h"

namespace {

namespace fs = std::filesystem;

// Programs of the preloaded library's CPU, the largest first.
std::vector<std::string> Programs(const arch::testing::Machine& machine) {
  std::set<std::pair<uintmax_t, std::string>> found;
  for (const char* directory : {"/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/lib"}) {
    const auto options = fs::directory_options::skip_permission_denied;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory, options)) {
      std::error_code error;
      const fs::path path = fs::canonical(entry.path(), error);
      if (error || !fs::is_regular_file(path, error) || error) continue;
      const fs::perms mode = fs::status(path, error).permissions();
      if ((mode & fs::perms::owner_exec) == fs::perms::none) continue;
      if (path.string().find(".so") != std::string::npos) continue;
      if (tests::MachineOfFile(path) == &machine) found.insert({fs::file_size(path), path});
    }
  }
  std::vector<std::string> paths;
  for (auto one = found.rbegin(); one != found.rend(); ++one) paths.push_back(one->second);
  return paths;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t least = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (least == 0) {
    std::fprintf(stderr, "usage: host_programs SNAPSHOT.SO LEAST [COUNT]\n");
    return 2;
  }
  const std::string preload = fs::absolute(argv[1]);
  const size_t wanted = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : least;
  const arch::testing::Machine* machine = tests::MachineOfFile(preload);
  oracle::Calculations calculations;
  std::string error;
  if (machine == nullptr ||
      !oracle::ReadCalculations("arch/" + machine->name + "/relocations", calculations, error)) {
    std::fprintf(stderr, "host_programs: %s: %s\n", argv[1], error.c_str());
    return 2;
  }
  const tests::Launch launch = tests::LaunchOf(*machine, preload);
  tests::SystemCounts counts;
  size_t equal = 0, different = 0;
  for (const std::string& program : Programs(*machine)) {
    if (equal + different == wanted) break;
    tests::Snapshot snapshot;
    // Static programs, and those that need a library that is not here, leave none.
    if (!tests::Take(launch, program, snapshot, error)) {
      std::printf("passed over: %s\n", error.c_str());
      continue;
    }
    const std::string text = tests::CompareWithSystem(*machine, calculations, snapshot, counts);
    (text.empty() ? equal : different) += 1;
    if (!text.empty()) std::printf("%s: different\n%s", program.c_str(), text.c_str());
  }
  std::printf(
      "%zu programs equal, %zu different: %zu images, %zu words, %zu results of resolvers, %zu TLS "
      "descriptors; %zu slots made in another way, %zu words of the linker changed since\n",
      equal, different, counts.images, counts.words, counts.resolvers, counts.descriptors,
      counts.slots, counts.changed);
  if (equal < least) std::printf("%zu equal ones are wanted\n", least);
  return different == 0 && equal >= least ? 0 : 1;
}
