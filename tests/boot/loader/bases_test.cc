// SPDX-License-Identifier: BSD-2-Clause
//
// bases_test QEMU.ARGS LOADER ARCHIVE: the kernel is at another place at each boot. With 2^18
// places two of 20 boots share one in 7 of 10,000 runs; that is why 19 are enough.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/boot/qemu.h"

namespace {

constexpr int kBoots = 20;
constexpr size_t kLeastBases = 19;
constexpr int kTimeoutSeconds = 60;

char** arguments;

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The hexadecimal number behind `prefix`, which begins a line.
std::string NumberBehind(const std::string& console, const std::string& prefix) {
  std::istringstream lines(console);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(prefix, 0) == 0) return line.substr(prefix.size());
  }
  return "";
}

TEST(BasesTest, TwentyBootsAreAtNineteenPlacesAtLeast) {
  const std::string text = ReadFile(arguments[1]);
  const boot::Machine machine = {
      .loader = arguments[2],
      .archive = arguments[3],
      .command_line = "",
      .status_file = std::string(std::getenv("TEST_TMPDIR")) + "/status"};
  const std::vector<std::string> qemu = boot::QemuArguments(text, machine);
  const std::string status = boot::StatusFile(text, machine);
  ASSERT_FALSE(qemu.empty());
  std::set<std::string> bases;
  for (int i = 0; i < kBoots; ++i) {
    const auto outcome = boot::Boot(qemu, status, kTimeoutSeconds, [](std::string_view) {});
    ASSERT_TRUE(outcome.has_value());
    ASSERT_EQ(outcome->status, 0) << outcome->console;
    const std::string base = NumberBehind(outcome->console, "probe: kernel at ");
    ASSERT_NE(base, "") << outcome->console;
    bases.insert(base);
  }
  EXPECT_GE(bases.size(), kLeastBases);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 4) {
    std::cerr << "usage: bases_test QEMU.ARGS LOADER ARCHIVE\n";
    return 2;
  }
  arguments = argv;
  return RUN_ALL_TESTS();
}
