// SPDX-License-Identifier: BSD-2-Clause
//
// The short form of host_libraries: twenty libraries of this machine's CPU, and two of every other
// CPU whose cross tools are here, spread over all names.

#include "tests/oracle/host_libraries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/image.h"

namespace tests {
namespace {

using arch::testing::Machine;

class Libraries : public testing::TestWithParam<const Machine*> {
 protected:
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(ReadCalculationsOf(*GetParam(), calculations_, error)) << error;
    if (Directories().empty()) GTEST_SKIP() << "this machine has no libraries of the CPU";
  }
  [[nodiscard]] std::vector<std::string> Directories() const { return DirectoriesOf(*GetParam()); }

  oracle::Calculations calculations_;
};

INSTANTIATE_TEST_SUITE_P(Cpu, Libraries, testing::ValuesIn(arch::testing::Machines()),
                         [](const auto& info) { return info.param->name; });

TEST_P(Libraries, AreRelocatedAsTheOracleSays) {
  HostLibraries libraries(*GetParam(), calculations_, Directories());
  // Small ones; where images are linked for large pages, every file is long.
  std::vector<std::string> all;
  for (size_t largest = 256 << 10; all.empty() && largest <= 4 << 20; largest *= 2) {
    all = libraries.Find(largest);
  }
  ASSERT_FALSE(all.empty());
  const bool own = oracle::Image::MachineOf("/proc/self/exe") == GetParam()->number;
  const size_t wanted = std::min<size_t>(own ? 20 : 2, all.size());

  LibraryCounts counts;
  for (size_t i = 0; i < wanted; ++i) {
    libraries.Check(all[i * all.size() / wanted], counts,
                    [](const std::string& line) { ADD_FAILURE() << line; });
  }
  EXPECT_EQ(counts.different, 0u);
  EXPECT_GE(counts.compared, wanted / 2);
  EXPECT_GE(counts.words, 10 * counts.compared);
  const std::string judge = "compared.libelf." + GetParam()->name + ".";
  RecordProperty(judge + "images", static_cast<int>(counts.compared));
  RecordProperty(judge + "words", static_cast<int>(counts.words));
}

}  // namespace
}  // namespace tests
