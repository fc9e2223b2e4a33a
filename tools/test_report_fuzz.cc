// SPDX-License-Identifier: BSD-2-Clause
// Whatever Bazel or a test leaves behind is read without a fault, and the counts agree.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tools/test_report.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tools::TestReport report;
  tools::AddJunit(text, report);
  const size_t cases =
      static_cast<size_t>(report.total.passed) + report.failures.size() + report.skipped.size();
  if (cases != tools::ParseJunit(text).size()) std::abort();
  const auto events = tools::ReadBuildEvents(
      text, [&](const std::string&) { return std::optional<std::string>(text); });
  if (events && tools::ToText(*events).empty()) std::abort();
  return 0;
}
