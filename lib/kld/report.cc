// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/report.h"

#include "lib/kld/text.h"

namespace kld {

std::string LastReport(System& system) {
  std::string text(4096, '\0');
  for (;;) {
    const int64_t length = system.Report(text.data(), text.size());
    if (length <= 0) return "";
    const bool whole = static_cast<uint64_t>(length) < text.size();
    text.resize(whole ? length : length + 1);
    if (!whole) continue;
    if (text.back() != '\n') text += '\n';
    return text;
  }
}

void PrintFailure(System& system, Terminal& terminal, std::string_view program,
                  std::string_view what, int64_t error) {
  std::string text = LastReport(system);
  if (text.empty()) text = std::string(what) + ": " + ErrorText(-error) + "\n";
  terminal.Err(std::string(program) + ": " + text);
}

}  // namespace kld
