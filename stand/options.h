// SPDX-License-Identifier: BSD-2-Clause
//
// Words of the kernel's command line. A word is what stands between blanks; the loader and the
// kernel look at the same line.
#pragma once

#include <string_view>

namespace stand {

// True if `line` has the word `option`.
inline bool HasOption(std::string_view line, std::string_view option) {
  while (!line.empty()) {
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    size_t length = 0;
    while (length < line.size() && line[length] != ' ') ++length;
    if (std::string_view(line.data(), length) == option && length != 0) return true;
    line.remove_prefix(length);
  }
  return false;
}

inline constexpr std::string_view kNoKaslr = "nokaslr";        // the kernel runs where it is linked
inline constexpr std::string_view kNoRelocate = "norelocate";  // the kernel relocates itself

}  // namespace stand
