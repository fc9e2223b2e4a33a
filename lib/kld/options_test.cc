// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace kld {
namespace {

// "a", "b=argument", "--name", "!error" for each option; then the operands.
std::vector<std::string> Walk(const std::vector<std::string>& arguments,
                              std::string_view accepted) {
  static constexpr std::string_view kLongNames[] = {"json", "list"};
  Options options(arguments, accepted, kLongNames);
  std::vector<std::string> seen;
  while (const auto option = options.Next()) {
    if (*option == Options::kLong) {
      seen.push_back("--" + options.name());
    } else if (accepted.find(std::string(1, *option) + ":") != std::string_view::npos) {
      seen.push_back(*option + ("=" + options.argument()));
    } else {
      seen.push_back(std::string(1, *option));
    }
  }
  if (!options.error().empty()) seen.push_back("!" + options.error());
  for (const std::string& operand : options.operands()) seen.push_back(operand);
  return seen;
}

using Words = std::vector<std::string>;

TEST(Options, ClustersArgumentsAndOperands) {
  EXPECT_EQ(Walk({"-ab", "x", "-c"}, "abc:"), (Words{"a", "b", "x", "-c"}));
  EXPECT_EQ(Walk({"-cx", "-c", "y", "-acz"}, "abc:"), (Words{"c=x", "c=y", "a", "c=z"}));
  EXPECT_EQ(Walk({"-a", "--", "-b"}, "ab"), (Words{"a", "-b"}));
  EXPECT_EQ(Walk({"-"}, "a"), (Words{"-"}));
  EXPECT_EQ(Walk({"--json", "-a", "--list", "x"}, "a"), (Words{"--json", "a", "--list", "x"}));
}

TEST(Options, Errors) {
  EXPECT_EQ(Walk({"-z"}, "a"), (Words{"!unknown option -z", "-z"}));
  EXPECT_EQ(Walk({"-:"}, "a:"), (Words{"!unknown option -:", "-:"}));
  EXPECT_EQ(Walk({"-c"}, "c:"), (Words{"!option -c needs an argument"}));
  EXPECT_EQ(Walk({"--xml"}, "a"), (Words{"!unknown option --xml", "--xml"}));
}

TEST(Options, GoesOnAfterATakenOperand) {
  const Words arguments = {"file", "-a", "other", "--", "-a"};
  Options options(arguments, "a");
  EXPECT_FALSE(options.Next());
  EXPECT_EQ(options.TakeOperand(), "file");
  EXPECT_EQ(options.Next(), 'a');
  EXPECT_FALSE(options.Next());
  EXPECT_EQ(options.TakeOperand(), "other");
  EXPECT_FALSE(options.Next());
  EXPECT_EQ(options.TakeOperand(), "-a");
  EXPECT_TRUE(options.operands().empty());
}

}  // namespace
}  // namespace kld
