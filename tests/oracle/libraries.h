// SPDX-License-Identifier: BSD-2-Clause
//
// The fixture of tests over the libraries that this machine has of each CPU.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/image.h"
#include "tests/oracle/host_libraries.h"

namespace tests {

class Libraries : public testing::TestWithParam<const arch::testing::Machine*> {
 protected:
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(ReadCalculationsOf(machine(), calculations_, error)) << error;
  }

  [[nodiscard]] static const arch::testing::Machine& machine() { return *GetParam(); }
  [[nodiscard]] static std::vector<std::string> Directories() { return DirectoriesOf(machine()); }
  // Of this machine's own CPU.
  [[nodiscard]] static bool IsOwn() {
    return oracle::Image::MachineOf("/proc/self/exe") == machine().number;
  }

  // What is compared by default: a few small ones spread over all names, libgcc, and the C library,
  // which is here with every other one anyway. Empty if there are no libraries of the CPU.
  [[nodiscard]] static std::set<std::string> Sample(const HostLibraries& libraries) {
    // Where images are linked for large pages, every file is long.
    std::vector<std::string> all;
    for (size_t largest = 256 << 10; all.empty() && largest <= 4 << 20; largest *= 2) {
      all = libraries.Find(largest);
    }
    std::set<std::string> sample;
    const size_t wanted = std::min<size_t>(IsOwn() ? 20 : 2, all.size());
    for (size_t i = 0; i < wanted; ++i) sample.insert(all[i * all.size() / wanted]);
    for (const char* name : {"libgcc_s.so.", "libc.so."}) {
      for (const std::string& path : libraries.Find(4 << 20, name)) sample.insert(path);
    }
    return sample;
  }

  // For the summary of a test run (tools/test_report.h).
  static void Record(const LibraryCounts& counts) {
    const std::string judge = "compared.libelf." + machine().name + ".";
    RecordProperty(judge + "images", static_cast<int>(counts.compared + counts.undefined));
    RecordProperty(judge + "words", static_cast<int>(counts.words));
  }

  oracle::Calculations calculations_;
};

}  // namespace tests
