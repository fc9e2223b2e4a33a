// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/plist.h"

#include <gtest/gtest.h>

namespace kld {
namespace {

TEST(Plist, Assignments) {
  Parameter parameter;
  ASSERT_TRUE(ParseAssignment("dep.name-2_x=a=b", parameter));
  EXPECT_EQ(parameter.name, "dep.name-2_x");
  EXPECT_EQ(parameter.value, "a=b");
  ASSERT_TRUE(ParseAssignment("name=", parameter));
  EXPECT_EQ(parameter.value, "");
  for (const char* text : {"name", "=x", "/path=x", "a b=c", ""}) {
    EXPECT_FALSE(ParseAssignment(text, parameter)) << text;
  }
}

TEST(Plist, Types) {
  EXPECT_TRUE(IsWellTyped({ParameterType::kBoolean, "x", "no"}));
  EXPECT_FALSE(IsWellTyped({ParameterType::kBoolean, "x", "0"}));
  EXPECT_TRUE(IsWellTyped({ParameterType::kNumber, "x", "-0x10"}));
  EXPECT_FALSE(IsWellTyped({ParameterType::kNumber, "x", ""}));
  EXPECT_FALSE(IsWellTyped({ParameterType::kNumber, "x", "99999999999999999999"}));
  EXPECT_TRUE(IsWellTyped({ParameterType::kString, "x", "\n"}));
}

TEST(Plist, IsEmptyWithoutParameters) { EXPECT_EQ(MakePlist({}), ""); }

TEST(Plist, SortsEscapesAndKeepsTheLastOfAName) {
  const std::vector<Parameter> parameters = {
      {ParameterType::kString, "s", "old"},   {ParameterType::kGuess, "flag", "false"},
      {ParameterType::kGuess, "n", "-7"},     {ParameterType::kGuess, "word", "7 up"},
      {ParameterType::kString, "s", "<a&b>"},
  };
  EXPECT_EQ(MakePlist(parameters),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<plist version=\"1.0\">\n<dict>\n"
            "\t<key>flag</key>\n\t<false/>\n"
            "\t<key>n</key>\n\t<integer>-7</integer>\n"
            "\t<key>s</key>\n\t<string>&lt;a&amp;b&gt;</string>\n"
            "\t<key>word</key>\n\t<string>7 up</string>\n"
            "</dict>\n</plist>\n");
}

}  // namespace
}  // namespace kld
