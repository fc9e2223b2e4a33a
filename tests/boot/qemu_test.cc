// SPDX-License-Identifier: BSD-2-Clause
// The runner with a shell in QEMU's place: what it collects, how it ends.

#include "tests/boot/qemu.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace boot {
namespace {

using Words = std::vector<std::string>;

std::string TemporaryStatus() { return std::string(std::getenv("TEST_TMPDIR")) + "/status"; }

std::optional<Outcome> Shell(const std::string& script, int timeout = 60) {
  return Boot({"/bin/sh", "-c", script, "sh", TemporaryStatus()}, TemporaryStatus(), timeout,
              [](std::string_view) {});
}

TEST(StatusFile, IsWhereTheMachineHasOne) {
  EXPECT_EQ(StatusFile("qemu -kernel %L -chardev file,path=%S", {.status_file = "s"}), "s");
  EXPECT_EQ(StatusFile("qemu -kernel %L", {.status_file = "s"}), "");
}

TEST(QemuArguments, Substitutes) {
  const Machine machine{"/l", "/a", "x y=1", "/s"};
  EXPECT_EQ(QemuArguments("qemu -m 1 # memory\n  -append %C -f path=%S,%L,%A 100%%\n", machine),
            (Words{"qemu", "-m", "1", "-append", "x y=1", "-f", "path=/s,/l,/a", "100%"}));
}

TEST(QemuArguments, KeepsAnEmptyCommandLineAsAWord) {
  EXPECT_EQ(QemuArguments("q -append %C", {}), (Words{"q", "-append", ""}));
}

TEST(QemuArguments, RefusesUnknownEscapes) { EXPECT_EQ(QemuArguments("q %X", {}), Words{}); }

TEST(Boot, TakesTheStatusByteFromTheFile) {
  const auto outcome = Shell("printf 'a\\r\\nb\\r\\n'; printf '\\052' > \"$1\"; exit 1");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 42);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(outcome->console, "a\nb\n");
}

TEST(Boot, AnEmptyStatusFileIsACrash) {
  const auto outcome = Shell(": > \"$1\"");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, kCrashed);
}

TEST(Boot, WithoutStatusFileTheExitStatusCounts) {
  const auto outcome = Boot({"/bin/sh", "-c", "exit 7"}, "", 60, [](std::string_view) {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 7);
}

TEST(Boot, EndsWhatHangs) {
  const auto outcome = Shell("echo begun; printf '\\000' > \"$1\"; exec sleep 1000", 1);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(outcome->status, kCrashed);
  EXPECT_EQ(outcome->console, "begun\n");
}

TEST(Boot, TypesWhatIsAnswered) {
  int questions = 0;
  const auto outcome =
      BootTyping({"/bin/sh", "-c", "printf 'name? '; read name; echo \"hello $name\"; exit 3"}, "",
                 60, [&](std::string_view piece) {
                   const bool asked = piece.ends_with("? ");
                   questions += asked;
                   return asked ? "you\nignored\n" : "";
                 });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->console, "name? hello you\n");
  EXPECT_EQ(outcome->status, 3);
  EXPECT_EQ(questions, 1);
}

TEST(Boot, FailsWithoutTheProgram) {
  EXPECT_FALSE(Boot({"/nonexistent/qemu"}, "", 60, [](std::string_view) {}));
}

TEST(CrashText, StartsAtTheLastPanic) {
  EXPECT_EQ(CrashText("a\npanic: 1\nb\npanic: 2\nc\n"), "panic: 2\nc\n");
  EXPECT_EQ(CrashText("panic: 1\n"), "panic: 1\n");
}

TEST(CrashText, IsTheLastFortyLinesWithoutAPanic) {
  std::string console, last;
  for (int i = 0; i < 100; ++i) {
    console += std::to_string(i) + "\n";
    if (i >= 60) last += std::to_string(i) + "\n";
  }
  EXPECT_EQ(CrashText(console), last);
  EXPECT_EQ(CrashText("1\n2\n"), "1\n2\n");
  EXPECT_EQ(CrashText(""), "");
}

TEST(MarkerFilter, DropsEverythingUpToTheMarkerLine) {
  MarkerFilter filter;
  EXPECT_EQ(filter.Feed("kernel: x\r\nnot " + std::string(kMarker) + "\r\n"), "");
  EXPECT_EQ(filter.Feed(std::string(kMarker) + "\r\nfirst\r\n"), "first\n");
  EXPECT_EQ(filter.Feed("second"), "second");
}

// Whatever the pieces, the result is the same.
TEST(MarkerFilter, WorksByteByByte) {
  MarkerFilter filter;
  std::string out;
  for (const char c : "noise\r\n" + std::string(kMarker) + "\r\na\rb\r\nc\n") {
    if (c != '\0') out += filter.Feed(std::string(1, c));
  }
  EXPECT_EQ(out, "a\rb\nc\n");
}

}  // namespace
}  // namespace boot
