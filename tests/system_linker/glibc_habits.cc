// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/glibc_habits.h"

#include <fstream>
#include <sstream>

namespace tests {

bool ReadGlibcHabits(const std::string& path, GlibcHabits& habits, std::string& error) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string what, rest;
    words >> what >> std::hex;
    bool good = true;
    if (what == "debugger") {
      good = !!(words >> habits.debugger_map >> habits.debugger_relative);
    } else if (words >> rest; what == "static" && rest == "pairs") {
      good = !!(words >> habits.static_pairs_tag >> habits.static_pairs_bit);
    } else if (what == "local" && rest == "entries") {
      habits.local_entries = true;
    } else if (what == "lazy" && rest == "entries") {
      habits.lazy_entries = true;
    } else {
      good = false;
    }
    if (good) continue;
    error = path + ": what is '" + line + "'?";
    return false;
  }
  return true;
}

}  // namespace tests
