// SPDX-License-Identifier: BSD-2-Clause
//
// Counts test cases, not targets: what `./build.sh test` ends with. Bazel says in its build event
// file which targets it tested and where each one's JUnit file is; the cases are in those.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

enum class Result { kPassed, kFailed, kSkipped };

struct TestCase {
  std::string name;
  Result result = Result::kPassed;
  std::string reason = {};  // of a skipped one: what it says

  bool operator==(const TestCase&) const = default;
};

// The cases of a JUnit file. GoogleTest's disabled and skipped cases count as skipped.
[[nodiscard]] std::vector<TestCase> ParseJunit(std::string_view xml);

struct Counts {
  int passed = 0;
  int failed = 0;
  int skipped = 0;

  bool operator==(const Counts&) const = default;
};

// What tests compared with a judge that shares no code with them: sums, by what was compared. A test
// case says so by a property "compared.JUDGE.CPU.WHAT" with a number.
using Compared = std::map<std::string, uint64_t>;

// Adds those of a JUnit file, by CPU and judge.
using ComparedByJudge = std::map<std::string, std::map<std::string, Compared>>;
void AddCompared(std::string_view xml, ComparedByJudge& compared);

// A test that is there for many CPUs: its target has the tags cpu-<cpu> and `kind`.
struct CpuTest {
  std::string kind;  // one of kCpuTestKinds
  std::string cpu;
  std::string label;
  bool complete = false;  // it passed, so that all its cases are known
  std::vector<TestCase> cases = {};
};

// Tests of booted systems, tests that are programs under qemu-user, such of what only CPUs that
// boot have, the run-time linker's, whose programs are, and those of programs that the CPU's own
// linker starts.
inline constexpr std::string_view kCpuTestKinds[] = {"boot", "qemu-user", "linux-abi", "ld.elf_so",
                                                     "system-linker"};

struct TestReport {
  std::map<std::string, Counts> by_cpu;  // by the tag cpu-<cpu>; "host" for tests without one
  Counts total;
  std::vector<std::string> failures;  // "//label case", or "//label" alone
  std::vector<std::string> skipped;   // "//label case: reason"
  std::vector<CpuTest> cpu_tests;
  ComparedByJudge compared;
};

// Reads a whole build event file (one JSON object a line). `read` gives the content of a file, or
// nothing. A test that failed without saying so in its JUnit file, or without such a file, is one
// failed case, as is a target that could not be built. Nothing if a line is not JSON.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
[[nodiscard]] std::optional<TestReport> ReadBuildEvents(std::string_view events,
                                                        const ReadFile& read);

// Adds a failure for everything that CPUs with tests of one kind do not have in common: cases of a
// test, and with `whole`, for a run of all tests, the tests themselves. A case that was skipped and
// says why is there.
void AddCpuDifferences(bool whole, TestReport& report);

// Adds the cases of a JUnit file that no Bazel test wrote; they belong to "host".
void AddJunit(std::string_view xml, TestReport& report);

// The lines to print, the last one "N passed, M failed, K skipped".
[[nodiscard]] std::string ToText(const TestReport& report);

}  // namespace tools
