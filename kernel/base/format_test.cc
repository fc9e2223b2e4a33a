// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/format.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace base {
namespace {

// Formats come through templates, where the compiler does not see that they are literals.
#pragma GCC diagnostic ignored "-Wformat-security"

template <class... Arguments>
std::string Formatted(const char* format, Arguments... arguments) {
  char text[256];
  size_t length = Format(text, sizeof text, format, arguments...);
  EXPECT_LT(length, sizeof text);
  EXPECT_EQ(std::string(text).size(), length);
  return text;
}

// What the C library makes of the same call is the expectation.
template <class... Arguments>
void ExpectAsC(const char* format, Arguments... arguments) {
  char text[256];
  std::snprintf(text, sizeof text, format, arguments...);
  EXPECT_EQ(Formatted(format, arguments...), text) << format;
}

TEST(FormatTest, IntegersAsTheCLibraryPrintsThem) {
  for (const char* format :
       {"%d",   "%5d|",   "%-5d|", "%05d", "%+d", "% d", "%.3d", "%8.3d|", "%-8.3d|", "%x",  "%#x",
        "%08x", "%#010x", "%X",    "%o",   "%#o", "%u",  "%.0d", "%hhd",   "%hd",     "%hhu"}) {
    for (int value : {0, 1, -1, 42, -4096, INT32_MAX, INT32_MIN}) ExpectAsC(format, value);
  }
}

TEST(FormatTest, LongIntegers) {
  for (const char* format : {"%ld", "%lu", "%lx", "%016lx", "%#18lx", "%zu", "%jd", "%td"}) {
    for (long value : {0L, 7L, -7L, INT64_MAX, INT64_MIN}) ExpectAsC(format, value);
  }
  ExpectAsC("%lld %llu", -1LL, ~0ULL);
}

TEST(FormatTest, TextAndCharacters) {
  ExpectAsC("%s|%10s|%-10s|%.2s|%c%c", "kernel", "right", "left", "cut", 'o', 'k');
  ExpectAsC("%*d|%-*d|%.*s", 6, 42, 6, 42, 3, "abcdef");
  ExpectAsC("%*d|", -6, 42);
  ExpectAsC("100%%");
  // Through a variable, for the compiler would refuse the constant.
  const char* volatile none = nullptr;
  EXPECT_EQ(Formatted("%s", static_cast<const char*>(none)), "(null)");
}

TEST(FormatTest, PrecisionKeepsTextWithoutTerminatorInBounds) {
  const char unterminated[3] = {'a', 'b', 'c'};
  EXPECT_EQ(Formatted("[%.*s]", 3, unterminated), "[abc]");
}

TEST(FormatTest, Pointers) {
  EXPECT_EQ(Formatted("%p", reinterpret_cast<void*>(0xffffffff80200000)), "0xffffffff80200000");
  EXPECT_EQ(Formatted("%p", static_cast<void*>(nullptr)), "0");
}

TEST(FormatTest, UnknownConversionsAreCopied) {
  char text[32];
  // Through a variable, for the compiler would refuse it.
  const char* format = "%y %";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
  Format(text, sizeof text, format);
#pragma GCC diagnostic pop
  EXPECT_STREQ(text, "%y %");
}

TEST(FormatTest, CutsAndReturnsTheWholeLength) {
  char text[4] = "xyz";
  EXPECT_EQ(Format(text, sizeof text, "%s", "kernel"), 6u);
  EXPECT_STREQ(text, "ker");
  EXPECT_EQ(Format(text, 1, "%d", 12), 2u);
  EXPECT_STREQ(text, "");
  text[0] = 'k';
  EXPECT_EQ(Format(text, 0, "%d", 12), 2u);
  EXPECT_EQ(text[0], 'k');
}

}  // namespace
}  // namespace base
