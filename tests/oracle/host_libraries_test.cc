// SPDX-License-Identifier: BSD-2-Clause
//
// The short form of host_libraries: twenty libraries of this machine's CPU and two of every other
// CPU whose cross tools are here, spread over all names, and of each CPU libgcc and the C library.

#include "tests/oracle/host_libraries.h"

#include <filesystem>
#include <set>
#include <string>

#include "tests/oracle/libraries.h"

namespace tests {
namespace {

class SomeLibraries : public Libraries {};

INSTANTIATE_TEST_SUITE_P(Cpu, SomeLibraries, testing::ValuesIn(arch::testing::Machines()),
                         [](const auto& info) { return info.param->name; });

TEST_P(SomeLibraries, AreRelocatedAsTheOracleSays) {
  HostLibraries libraries(machine(), calculations_, Directories());
  const std::set<std::string> sample = Sample(libraries);
  if (sample.empty() && std::filesystem::exists("arch/" + machine().name + "/on_demand")) {
    GTEST_SKIP() << "the CPU's cross tools are installed on demand";
  }
  ASSERT_GE(sample.size(), IsOwn() ? 20u : 3u);

  LibraryCounts counts;
  for (const std::string& path : sample) {
    libraries.Check(path, counts, [](const std::string& line) { ADD_FAILURE() << line; });
  }
  EXPECT_EQ(counts.different, 0u);
  EXPECT_GE(counts.compared, sample.size() - sample.size() / 2);
  EXPECT_GE(counts.words, 10 * counts.compared);
  Record(counts);
}

}  // namespace
}  // namespace tests
