// SPDX-License-Identifier: BSD-2-Clause

#include "tools/test_report.h"

#include <gtest/gtest.h>

#include <utility>

#include "tools/json.h"

namespace tools {
namespace {

constexpr char kGoogleTest[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" disabled="1" errors="0" name="AllTests">
  <testsuite name="A" tests="4">
    <testcase name="Passes" status="run" result="completed" classname="A" />
    <testcase name="Fails" status="run" result="completed" classname="A">
      <failure message="a &gt; b" type=""><![CDATA[<testcase name="not one"/>]]></failure>
    </testcase>
    <testcase name="Skips" status="run" result="skipped" classname="A">
      <skipped message="why > not"/>
    </testcase>
    <testcase name="Off" status="notrun" result="suppressed" classname="A" />
  </testsuite>
</testsuites>
)";

constexpr char kShell[] = R"(<testsuites><testsuite name="s" tests="1" failures="0" errors="1">
<testcase name="s" status="run" duration="1"><error message="exited with error code 1"></error></testcase>
<system-out>Generated test.log (if the file is not UTF-8, then this may be unreadable):
<![CDATA[<testcase name="printed"/>]]></system-out></testsuite></testsuites>)";

TEST(Junit, CountsCasesOfGoogleTest) {
  const std::vector<TestCase> expected = {
      {"A.Passes", Result::kPassed},
      {"A.Fails", Result::kFailed},
      {"A.Skips", Result::kSkipped, "why > not"},
      {"A.Off", Result::kSkipped},
  };
  EXPECT_EQ(ParseJunit(kGoogleTest), expected);
}

TEST(Junit, TakesBazelsErrorForAFailure) {
  EXPECT_EQ(ParseJunit(kShell), (std::vector<TestCase>{{"s", Result::kFailed}}));
}

TEST(Junit, EndsWithATruncatedFile) {
  EXPECT_EQ(ParseJunit("<testcase name=\"a\"/><testcase name=\"b"),
            (std::vector<TestCase>{{"a", Result::kPassed}}));
  EXPECT_TRUE(ParseJunit("<![CDATA[").empty());
}

TEST(Junit, SumsWhatWasCompared) {
  constexpr char kXml[] = R"(<testsuites><testcase name="a"><properties>
      <property name="compared.libelf.sparrow.words" value="40"/>
      <property name="compared.libelf.sparrow.images" value="2"/>
      <property name="compared.glibc.sparrow.words" value="3"/>
    </properties></testcase><testcase name="b"><properties>
      <property name="compared.libelf.sparrow.words" value="2"/>
      <property name="compared.libelf.wren.words" value="1"/>
      <property name="compared.libelf" value="5"/>
      <property name="words" value="7"/>
    </properties></testcase></testsuites>)";
  TestReport report;
  AddCompared(kXml, report.compared);
  EXPECT_EQ(ToText(report),
            "sparrow: compared with glibc: 3 words, with libelf: 2 images 42 words\n"
            "wren: compared with libelf: 1 words\n"
            "0 passed, 0 failed, 0 skipped\n");
}

std::string Result3(const std::string& label, const std::string& status, const std::string& file) {
  return R"({"id":{"testResult":{"label":")" + label + R"(","run":1}},"testResult":{"status":")" +
         status + R"(","testActionOutput":[{"name":"test.log","uri":"file:///log"},)" +
         R"({"name":"test.xml","uri":"file://)" + file + R"("}]}})" + "\n";
}

std::optional<std::string> Files(const std::string& path) {
  if (path == "/gtest.xml") return kGoogleTest;
  if (path == "/empty.xml") return "<testsuites></testsuites>";
  return std::nullopt;
}

TEST(BuildEvents, CountsByCpuAndNamesFailures) {
  const auto report = ReadBuildEvents(
      R"({"id":{"targetConfigured":{"label":"//b:t"}},"configured":{"tag":["boot","cpu-vax"]}})"
      "\n" +
          Result3("//a:t", "FAILED", "/gtest.xml") + Result3("//b:t", "PASSED", "/gone.xml"),
      Files);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->by_cpu.at("host"), (Counts{1, 1, 2}));
  EXPECT_EQ(report->by_cpu.at("vax"), (Counts{1, 0, 0}));
  EXPECT_EQ(ToText(*report),
            "skipped: //a:t A.Skips: why > not\nskipped: //a:t A.Off\nFAILED: //a:t A.Fails\n"
            "host: 1 passed, 1 failed, 2 skipped\nvax: 1 passed, 0 failed, 0 skipped\n"
            "2 passed, 1 failed, 2 skipped\n");
}

// A crash or a time-out may leave a file in which nothing failed.
TEST(BuildEvents, AFailureWithoutAFailedCaseIsOne) {
  const auto report = ReadBuildEvents(Result3("//a:t", "TIMEOUT", "/empty.xml"), Files);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->total, (Counts{0, 1, 0}));
  EXPECT_EQ(report->failures, (std::vector<std::string>{"//a:t (TIMEOUT)"}));
}

TEST(BuildEvents, WhatCouldNotBeBuiltFailed) {
  const auto report = ReadBuildEvents(
      R"({"id":{"targetCompleted":{"label":"//a:t"}},"completed":{}})"
      "\n"
      R"({"id":{"targetCompleted":{"label":"//b:lib"}},"completed":{"success":true}})"
      "\n"
      R"({"id":{"targetCompleted":{"label":"//c:mmu"}},"aborted":{"reason":"SKIPPED"}})"
      "\n",
      Files);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->total, (Counts{0, 1, 0}));
  EXPECT_EQ(report->failures, (std::vector<std::string>{"//a:t (not built)"}));
}

TEST(BuildEvents, AddsFurtherFiles) {
  TestReport report;
  AddJunit(kGoogleTest, report);
  EXPECT_EQ(report.by_cpu.at("host"), (Counts{1, 1, 2}));
  EXPECT_EQ(report.total, (Counts{1, 1, 2}));
  EXPECT_EQ(report.failures, (std::vector<std::string>{"A.Fails"}));
}

std::string Skipped(const std::string& attributes) {
  const auto cases = ParseJunit("<testcase name=\"a\"><skipped " + attributes + "/></testcase>");
  return cases.size() == 1 && cases[0].result == Result::kSkipped ? cases[0].reason : "?";
}

TEST(Junit, ReasonsAreMessagesWithoutThePlace) {
  EXPECT_EQ(Skipped("message=\"no disk\""), "no disk");
  EXPECT_EQ(Skipped("message=\"arch/a_test.cc:12&#x0A;no &quot;disk&quot;&#x0A;\""), "no \"disk\"");
  EXPECT_EQ(Skipped("message=\"arch/a_test.cc:12&#x0A;\""), "");
  EXPECT_EQ(Skipped(""), "");
}

CpuTest Boots(const std::string& test, const std::string& cpu, std::vector<TestCase> cases) {
  return {"boot", cpu, "//t:" + test + "_" + cpu, true, std::move(cases)};
}

std::vector<std::string> DifferencesOf(bool whole, std::vector<CpuTest> tests) {
  TestReport report;
  report.cpu_tests = std::move(tests);
  AddCpuDifferences(whole, report);
  EXPECT_EQ(static_cast<size_t>(report.total.failed), report.failures.size());
  return report.failures;
}

TEST(CpuDifferences, SameSetsHaveNone) {
  EXPECT_TRUE(DifferencesOf(true, {Boots("a", "vax", {{"a_vax.starts"}, {"a_vax.vax"}}),
                                   Boots("a", "pdp11", {{"a_pdp11.starts"}, {"a_pdp11.vax"}})})
                  .empty());
}

TEST(CpuDifferences, LackingCasesAreFailures) {
  EXPECT_EQ(DifferencesOf(false, {Boots("a", "vax", {{"starts"}, {"stops"}}),
                                  Boots("a", "pdp11", {{"starts"}, {"halts"}})}),
            (std::vector<std::string>{"//t:a_<cpu> stops: not run for pdp11, only for vax",
                                      "//t:a_<cpu> halts: not run for vax, only for pdp11"}));
}

TEST(CpuDifferences, SkippedCasesMustSayWhy) {
  const TestCase why{"stops", Result::kSkipped, "it has no end"}, silent{"stops", Result::kSkipped};
  EXPECT_TRUE(
      DifferencesOf(false, {Boots("a", "vax", {{"stops"}}), Boots("a", "pdp11", {why})}).empty());
  EXPECT_EQ(
      DifferencesOf(false, {Boots("a", "vax", {{"stops"}}), Boots("a", "pdp11", {silent})}).size(),
      1u);
}

TEST(CpuDifferences, LackingTestsAreFailuresOfWholeRuns) {
  const std::vector<CpuTest> tests = {Boots("a", "vax", {{"starts"}}),
                                      Boots("b", "vax", {{"starts"}}),
                                      Boots("a", "pdp11", {{"starts"}})};
  EXPECT_TRUE(DifferencesOf(false, tests).empty());
  EXPECT_EQ(DifferencesOf(true, tests),
            (std::vector<std::string>{"//t:b_<cpu>: no such test for pdp11"}));
}

TEST(CpuDifferences, KindsAndFailedTestsAreNotCompared) {
  CpuTest failed = Boots("a", "pdp11", {});
  failed.complete = false;
  CpuTest emulated = Boots("b", "pdp11", {{"starts"}});
  emulated.kind = "qemu-user";
  EXPECT_TRUE(DifferencesOf(true, {Boots("a", "vax", {{"starts"}}), failed, emulated}).empty());
}

TEST(BuildEvents, KnowTestsOfCpusByTheirTags) {
  const auto report = ReadBuildEvents(
      R"({"id":{"targetConfigured":{"label":"//a:t"}},"configured":{"tag":["boot","cpu-vax"]}})"
      "\n" +
          Result3("//a:t", "PASSED", "/empty.xml"),
      Files);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->cpu_tests.size(), 1u);
  EXPECT_EQ(report->cpu_tests[0].kind, "boot");
  EXPECT_EQ(report->cpu_tests[0].cpu, "vax");
  EXPECT_TRUE(report->cpu_tests[0].complete);
}

TEST(BuildEvents, RefusesWhatIsNotJson) { EXPECT_FALSE(ReadBuildEvents("{\"id\":\n", Files)); }

TEST(Json, ReadsValues) {
  const auto json = ParseJson(R"( {"a" : [1, -2.5e3, true, null, "x\n\u00e9\""], "b":{}} )");
  ASSERT_TRUE(json);
  const std::vector<Json>& elements = (*json)["a"].elements;
  ASSERT_EQ(elements.size(), 5u);
  EXPECT_EQ(elements[1].text, "-2.5e3");
  EXPECT_EQ(elements[2].kind, Json::Kind::kBool);
  EXPECT_EQ(elements[3].kind, Json::Kind::kNull);
  EXPECT_EQ(elements[4].text, "x\n\xc3\xa9\"");
  EXPECT_EQ((*json)["missing"]["too"].kind, Json::Kind::kNull);
}

TEST(Json, RefusesMalformedText) {
  for (const char* text : {"", "{", "[1,]", "{\"a\"}", "\"", "\"\\u12", "\"\\x\"", "1 2", "tru"}) {
    EXPECT_FALSE(ParseJson(text)) << text;
  }
  EXPECT_FALSE(ParseJson(std::string(1000, '[') + std::string(1000, ']')));
}

}  // namespace
}  // namespace tools
