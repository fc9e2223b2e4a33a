// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/text.h"

#include <gtest/gtest.h>

namespace kld {
namespace {

TEST(Text, Humanize) {
  EXPECT_EQ(Humanize(0), "0");
  EXPECT_EQ(Humanize(999), "999");
  EXPECT_EQ(Humanize(1000), "1.0K");
  EXPECT_EQ(Humanize(1536), "1.5K");
  EXPECT_EQ(Humanize(10188), "9.9K");
  EXPECT_EQ(Humanize(10189), "10K");
  EXPECT_EQ(Humanize(0x1f3a2d0), "31M");
  EXPECT_EQ(Humanize(1023 * 1024), "1.0M");
  EXPECT_EQ(Humanize(UINT64_MAX), "16E");
}

TEST(Text, JsonString) {
  EXPECT_EQ(JsonString("a\"b\\c\n\x01z"), "\"a\\\"b\\\\c\\u000a\\u0001z\"");
}

TEST(Text, Integers) {
  EXPECT_EQ(ParseInteger("-12"), -12);
  EXPECT_EQ(ParseInteger("0x10"), 16);
  EXPECT_EQ(ParseInteger("010"), 8);
  for (const char* text : {"", " 1", "1 ", "1x", "0x", "9223372036854775808"}) {
    EXPECT_EQ(ParseInteger(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseAddress("0xffffffff80000000"), 0xffffffff80000000u);
  for (const char* text : {"", "-1", "0x1g", "0x10000000000000000"}) {
    EXPECT_EQ(ParseAddress(text), std::nullopt) << text;
  }
}

TEST(Text, FormatGrowsWithItsResult) {
  const std::string word(5000, 'x');
  EXPECT_EQ(Format("%s-%d", word.c_str(), 7), word + "-7");
}

}  // namespace
}  // namespace kld
