// SPDX-License-Identifier: BSD-2-Clause
#include "lib/boot_options/boot_options.h"

#include <gtest/gtest.h>

namespace boot_options {
namespace {

TEST(BootOptionsTest, OnlyWholeWordsMatch) {
  EXPECT_TRUE(HasWord("nokaslr", "nokaslr"));
  EXPECT_TRUE(HasWord("  a nokaslr  b", "nokaslr"));
  EXPECT_FALSE(HasWord("nokaslr=1 xnokaslr nokaslrx", "nokaslr"));
  EXPECT_FALSE(HasWord("", "nokaslr"));
  EXPECT_FALSE(HasWord("  ", ""));
}

TEST(BootOptionsTest, TheLastValueCounts) {
  EXPECT_EQ(ValueOf("init=/a b init=/c", "init"), "/c");
  EXPECT_EQ(ValueOf("init=/a init", "init"), "/a");
  EXPECT_EQ(ValueOf("init=/a init=", "init"), "");
  EXPECT_EQ(ValueOf("in=1 init2=2 xinit=3", "init"), std::nullopt);
  EXPECT_EQ(ValueOf("a=b=c", "a"), "b=c");
  EXPECT_EQ(ValueOf("", "init"), std::nullopt);
}

TEST(BootOptionsTest, BlanksBetweenQuotesBelongToTheWord) {
  constexpr std::string_view kLine = "x kld.test=\"load a; stat\" y=\"1\"z quiet";
  EXPECT_EQ(ValueOf(kLine, "kld.test"), "load a; stat");
  EXPECT_EQ(ValueOf(kLine, "y"), "1");
  EXPECT_FALSE(HasWord(kLine, "a;"));
  EXPECT_FALSE(HasWord(kLine, "stat\""));
  EXPECT_TRUE(HasWord(kLine, "quiet"));
  // A quote that nobody closes ends with the line.
  EXPECT_EQ(ValueOf("a=\"b c", "a"), "b c");
  EXPECT_EQ(ValueOf("a=\"", "a"), "");
}

TEST(BootOptionsTest, NumbersAreDecimalAndWhole) {
  EXPECT_EQ(ToNumber("0"), 0u);
  EXPECT_EQ(ToNumber("0018"), 18u);
  EXPECT_EQ(ToNumber("18446744073709551615"), ~uint64_t{0});
  for (const char* text :
       {"", "-1", "1k", "0x10", " 1", "18446744073709551616", "99999999999999999999"}) {
    EXPECT_EQ(ToNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace boot_options
