// SPDX-License-Identifier: BSD-2-Clause
//
// The lists arch/<cpu>/relocations, which all else about rules is checked against, have every number
// that the C library's <elf.h> has a name for; whoever loses a line there loses it here too.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>

#include "rtld_shared/testing/libelf_oracle/calculations.h"

namespace arch::testing {
namespace {

// R_<prefix>_<name> of <elf.h>, by name.
using Numbers = std::map<std::string, uint32_t>;

Numbers NumbersOf(const std::string& prefix) {
  std::ifstream header("/usr/include/elf.h");
  const std::regex define("#define\\s+(R_" + prefix + "_\\w+)\\s+(0x[0-9a-fA-F]+|[0-9]+)\\b.*");
  Numbers numbers;
  std::smatch match;
  for (std::string line; std::getline(header, line);) {
    if (!std::regex_match(line, match, define)) continue;
    // R_<prefix>_NUM is how many there are.
    if (match[1].str().ends_with("_NUM")) continue;
    numbers[match[1]] = static_cast<uint32_t>(std::stoul(match[2], nullptr, 0));
  }
  return numbers;
}

// The folders of lists that other lists include.
std::set<std::string> IncludedLists() {
  std::set<std::string> folders;
  for (const auto& folder : std::filesystem::directory_iterator("arch")) {
    std::ifstream list(folder.path() / "relocations");
    for (std::string line; std::getline(list, line);) {
      constexpr std::string_view kInclude = "include ../";
      if (!line.starts_with(kInclude)) continue;
      folders.insert(line.substr(kInclude.size(), line.rfind('/') - kInclude.size()));
    }
  }
  return folders;
}

TEST(ElfH, HasNoNumberThatIsMissing) {
  const std::set<std::string> included = IncludedLists();
  size_t cpus = 0;
  for (const auto& folder : std::filesystem::directory_iterator("arch")) {
    const std::filesystem::path list = folder.path() / "relocations";
    // A part of other lists is not whole.
    if (!std::filesystem::exists(list) || included.contains(folder.path().filename())) continue;
    SCOPED_TRACE(list);
    oracle::Calculations psabi;
    std::string error;
    ASSERT_TRUE(oracle::ReadCalculations(list, psabi, error)) << error;
    ASSERT_FALSE(psabi.types.empty());
    // What the list calls its types.
    const std::string& first = psabi.types.begin()->second.name;
    const Numbers numbers = NumbersOf(first.substr(2, first.find('_', 2) - 2));
    EXPECT_GE(numbers.size(), 40u) << first;
    // How names begin that the psABI does not have.
    std::ifstream not_ours(folder.path() / "not_ours");
    std::string foreign;
    not_ours >> foreign;
    for (const auto& [name, number] : numbers) {
      if (!foreign.empty() && name.starts_with(foreign)) continue;
      EXPECT_NE(psabi.Find(number), nullptr) << name << " " << number;
    }
    ++cpus;
  }
  EXPECT_GE(cpus, 12u);
}

}  // namespace
}  // namespace arch::testing
