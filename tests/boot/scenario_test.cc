// SPDX-License-Identifier: BSD-2-Clause

#include "tests/boot/scenario.h"

#include <gtest/gtest.h>

namespace boot {
namespace {

using Lines = std::vector<std::string>;

constexpr char kText[] =
    "# what it is\n"
    "cmdline: a=1 b\n"
    "timeout: 9\n"
    "status: 3\n"
    "\n"
    "=== prints\n"
    "console: kernel: .* (re)\n"
    "no console: panic.* (re)\n"
    "=== adds\n"
    "$ for i in 1 2; do\n"
    ">   echo $i\n"
    "> done\n"
    "1\n"
    "2\n"
    "\n"
    "$ false\n"
    "[1]\n";

Scenario Parsed(const std::string& text) {
  Scenario scenario;
  EXPECT_EQ(ParseScenario(text, scenario), "");
  return scenario;
}

// The console of a boot of kText in which everything is as it should be.
std::string Console(const std::string& first_output, int second_status) {
  return "kernel: hello\n" + std::string(kMarker) +
         "\n\x1e"
         "BEGIN 0\x1e\n" +
         first_output +
         "\x1e"
         "END 0 0\x1e\n\x1e"
         "BEGIN 1\x1e\n\x1e"
         "END 1 " +
         std::to_string(second_status) + "\x1e\n";
}

TEST(Scenario, ParsesHeadAndCases) {
  const Scenario scenario = Parsed(kText);
  EXPECT_EQ(scenario.command_line, "a=1 b");
  EXPECT_EQ(scenario.timeout_seconds, 9);
  EXPECT_EQ(scenario.status, 3);
  ASSERT_EQ(scenario.cases.size(), 2u);
  EXPECT_EQ(scenario.cases[0].name, "prints");
  EXPECT_EQ(scenario.cases[0].steps.size(), 2u);
  const auto& first = std::get<Command>(scenario.cases[1].steps[0]);
  EXPECT_EQ(first.text, "for i in 1 2; do\n  echo $i\ndone");
  EXPECT_EQ(first.expected, (Lines{"1", "2"}));
  EXPECT_EQ(std::get<Command>(scenario.cases[1].steps[1]).status, 1);
  EXPECT_TRUE(scenario.HasCommands());
}

TEST(Scenario, NamesTheLineOfAnError) {
  Scenario scenario;
  EXPECT_EQ(ParseScenario("timeout: x\n", scenario), "line 1: timeout: seconds, at most 280");
  EXPECT_EQ(ParseScenario("hang: yes\n", scenario), "line 1: hang: can only be `a crash'");
  EXPECT_EQ(ParseScenario("\n$ ls\n", scenario), "line 2: `$ ls' before the first case");
  scenario = {};
  EXPECT_EQ(ParseScenario("=== a\noutput\n", scenario), "line 2: output without a command");
  scenario = {};
  EXPECT_EQ(ParseScenario("=== a\n", scenario), "case `a' checks nothing");
  scenario = {};
  EXPECT_EQ(ParseScenario("=== a\n$ x\n=== a\n", scenario), "line 3: a second case `a'");
  scenario = {};
  EXPECT_EQ(ParseScenario("# nothing\n", scenario), "no case: a case starts with `=== NAME'");
  scenario = {};
  EXPECT_NE(ParseScenario("=== a\n$ x\n( (re)\n", scenario), "");
}

TEST(Scenario, ScriptPutsEachCommandBetweenRecords) {
  EXPECT_EQ(ScriptOf(Parsed("=== a\n$ ls\n$ pwd\n")),
            "[ ! -r /etc/shrc ] || . /etc/shrc\n"
            "exec 2>&1\n"
            "printf '\\036BEGIN 0\\036\\n'\nls\nprintf '\\036END 0 %d\\036\\n' $?\n"
            "printf '\\036BEGIN 1\\036\\n'\npwd\nprintf '\\036END 1 %d\\036\\n' $?\n"
            "exit 0\n");
}

TEST(Scenario, MatchesLines) {
  EXPECT_TRUE(LinesMatch({"a", "...", "[0-9]+ (re)"}, {"a", "x", "y", "42"}));
  EXPECT_TRUE(LinesMatch({"..."}, {}));
  EXPECT_TRUE(LinesMatch({"...", "a", "..."}, {"a"}));
  EXPECT_FALSE(LinesMatch({}, {"a"}));
  EXPECT_FALSE(LinesMatch({"a"}, {}));
  EXPECT_FALSE(LinesMatch({"[0-9]+ (re)"}, {"42 "}));  // the whole line
  EXPECT_FALSE(LinesMatch({"...", "a"}, {"a", "b"}));
}

TEST(Scenario, PassesWhatIsRight) {
  const auto results = Check(Parsed(kText), {3, false, Console("1\n2\n", 1)});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].failure, "");
  EXPECT_EQ(results[1].failure, "");
  EXPECT_EQ(results[2].failure, "");
}

TEST(Scenario, AcceptsOutputWithoutItsLastLineFeed) {
  EXPECT_EQ(Check(Parsed(kText), {3, false, Console("1\n2", 1)})[2].failure, "");
}

TEST(Scenario, ReportsWrongOutputAndStatus) {
  const auto results = Check(Parsed(kText), {0, false, Console("1\n", 0)});
  EXPECT_EQ(results[0].failure.substr(0, 25), "expected status 3, not 0\n");
  EXPECT_EQ(results[2].failure,
            "line 10: $ for i in 1 2; do\n  echo $i\ndone\n"
            "  expected:\n    1\n    2\n  printed:\n    1\n"
            "line 16: $ false\n  expected status 1, not 0\n");
}

TEST(Scenario, ReportsWhatWasNotReached) {
  const auto results = Check(Parsed(kText), {125, true, "kernel: hello\npanic: no\nstack\n"});
  EXPECT_EQ(results[0].failure, "timed out after 9 s\npanic: no\nstack\n");
  EXPECT_EQ(results[1].failure,
            "line 8: the console has `panic: no', which matches `panic.* (re)'\n");
  EXPECT_EQ(results[2].failure,
            "line 10: $ for i in 1 2; do\n  echo $i\ndone\n  was not reached\n"
            "line 16: $ false\n  was not reached\n");
}

TEST(Scenario, ReportsACommandThatDidNotEnd) {
  const std::string console = "kernel: x\n" + std::string(kMarker) +
                              "\n\x1e"
                              "BEGIN 0\x1e\n1\n2\npanic: in the middle\n";
  EXPECT_NE(Check(Parsed(kText), {125, false, console})[2].failure.find("  did not end\n"),
            std::string::npos);
}

TEST(Scenario, ConsoleLinesKeepTheirOrder) {
  const Scenario scenario = Parsed("=== a\nconsole: one\nconsole: two\n");
  EXPECT_EQ(Check(scenario, {0, false, "one\nx\ntwo\n"})[1].failure, "");
  EXPECT_EQ(Check(scenario, {0, false, "two\none\n"})[1].failure,
            "line 3: no console line behind the one before matches `two'\n");
}

TEST(Scenario, XmlEscapesWhatAConsoleMayHold) {
  EXPECT_EQ(ToXml("s", {{"a<b", ""}, {"c", "x & \x01\n"}}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
            "<testsuite name=\"s\" tests=\"2\" failures=\"1\">\n"
            "<testcase classname=\"s\" name=\"a&lt;b\"/>\n"
            "<testcase classname=\"s\" name=\"c\"><failure message=\"failed\">x &amp; ?\n"
            "</failure></testcase>\n</testsuite>\n</testsuites>\n");
}

TEST(Scenario, ATimeOutIsAFailureUnlessItIsTheCrash) {
  Outcome outcome;
  outcome.timed_out = true;
  const std::string one = "=== a case\nno console: x\n";
  EXPECT_EQ(Check(Parsed("timeout: 1\nstatus: 125\n" + one), outcome)[0].failure,
            "timed out after 1 s\n");
  EXPECT_EQ(Check(Parsed("status: 125\nhang: a crash\n" + one), outcome)[0].failure, "");
  EXPECT_EQ(Check(Parsed("hang: a crash\n" + one), outcome)[0].failure,
            "expected status 0, not 125\n");
}

}  // namespace
}  // namespace boot
