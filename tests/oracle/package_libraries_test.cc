// SPDX-License-Identifier: BSD-2-Clause
//
// Every shared object that the packages of a CPU's C and C++ libraries have: libc6, libstdc++6 and
// libgcc-s1, for another CPU the cross tools' libc6-*-cross and so on, and what they have installed
// beside these.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/host_libraries.h"
#include "tests/oracle/libraries.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

// dpkg's lists of the files of packages, each behind its symbolic links.
std::set<std::string> FilesOfPackages(const std::vector<std::string>& packages) {
  std::set<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator("/var/lib/dpkg/info")) {
    const std::string name = entry.path().stem();  // PACKAGE:ARCHITECTURE
    const std::string package = name.substr(0, name.find(':'));
    if (entry.path().extension() != ".list" ||
        std::find(packages.begin(), packages.end(), package) == packages.end()) {
      continue;
    }
    std::ifstream list(entry.path());
    for (std::string line; std::getline(list, line);) {
      std::error_code error;
      const std::string path = fs::canonical(line, error);
      if (!error) files.insert(path);
    }
  }
  return files;
}

class PackageLibraries : public Libraries {
 protected:
  // Of another CPU, cross tools have the directory for themselves.
  [[nodiscard]] static std::vector<std::string> Find(const HostLibraries& libraries) {
    if (!IsOwn()) return libraries.Find(~size_t{0});
    const std::set<std::string> files = FilesOfPackages({"libc6", "libgcc-s1", "libstdc++6"});
    std::vector<std::string> found;
    for (const std::string& path : libraries.Find(4 << 20)) {
      if (files.contains(path)) found.push_back(path);
    }
    return found;
  }
};

INSTANTIATE_TEST_SUITE_P(Cpu, PackageLibraries, testing::ValuesIn(arch::testing::Machines()),
                         [](const auto& info) { return info.param->name; });

TEST_P(PackageLibraries, AreAllRelocatedAsTheOracleSays) {
  HostLibraries libraries(machine(), calculations_, Directories());
  const std::set<std::string> sample = Sample(libraries);
  LibraryCounts all, recorded;
  std::map<std::string, size_t> by_name;  // words of what is linked, by the name up to ".so"
  for (const std::string& path : Find(libraries)) {
    LibraryCounts one;
    libraries.Check(path, one, [](const std::string& line) { ADD_FAILURE() << line; });
    EXPECT_EQ(one.compared + one.undefined, 1u) << path << " is not compared";
    all.Add(one);
    // The sample is in the same run's summary.
    if (!sample.contains(path)) recorded.Add(one);
    const std::string name = fs::path(path).filename();
    if (one.compared != 0) by_name[name.substr(0, name.find(".so"))] += one.words;
  }
  EXPECT_GE(all.compared, 20u);
  EXPECT_LE(all.undefined, 3u);  // a debugger's plugin, libraries without one that they call
  EXPECT_GE(all.words, 7000u);
  EXPECT_GE(by_name["libc"], 300u);
  EXPECT_GE(by_name["libstdc++"], 4000u);
  EXPECT_GE(by_name["libgcc_s"], 10u);
  Record(recorded);
}

}  // namespace
}  // namespace tests
