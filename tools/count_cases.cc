// SPDX-License-Identifier: BSD-2-Clause
//
// count_cases [--whole] EVENTS [JUNIT]...: prints the test cases of a `bazel test
// --build_event_json_file=EVENTS` and of further JUnit files, which belong to the host. That a CPU
// lacks cases which others have is a failure; --whole: so is that it lacks a test.
// Exit: 0 if at least one case passed and none failed, 1 otherwise, 2 if a file cannot be read.

#include <fstream>
#include <iostream>
#include <sstream>

#include "tools/test_report.h"

namespace {

std::optional<std::string> Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) return std::nullopt;
  return content.str();
}

}  // namespace

int main(int argc, char** argv) {
  const bool whole = argc > 1 && std::string_view(argv[1]) == "--whole";
  if (whole) {
    --argc;
    ++argv;
  }
  if (argc < 2) {
    std::cerr << "usage: count_cases [--whole] EVENTS [JUNIT]...\n";
    return 2;
  }
  const std::optional<std::string> events = Read(argv[1]);
  std::optional<tools::TestReport> report =
      events ? tools::ReadBuildEvents(*events, Read) : std::nullopt;
  if (!report) {
    std::cerr << argv[1] << ": no build event file\n";
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    const std::optional<std::string> xml = Read(argv[i]);
    if (!xml) {
      std::cerr << argv[i] << ": cannot read\n";
      return 2;
    }
    tools::AddJunit(*xml, *report);
  }
  tools::AddCpuDifferences(whole, *report);
  std::cout << tools::ToText(*report);
  return report->total.failed == 0 && report->total.passed > 0 ? 0 : 1;
}
