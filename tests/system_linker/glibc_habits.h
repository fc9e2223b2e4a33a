// SPDX-License-Identifier: BSD-2-Clause
//
// What glibc's dynamic linker does on some CPUs beside relocating as the psABI says, read from the
// file arch/<cpu>/glibc; a CPU without it has nothing. Lines, numbers hexadecimal, and comments (#):
//
//   static pairs TAG BIT   in images whose dynamic tag has the bit, a static block's module id is 0,
//                          and behind it stands the offset from the thread pointer
//   local entries          functions may have a second entry for callers in their own image (st_other
//                          bits 5 to 7: log 2 of its distance), and an image's own slots may lead there
//   debugger MAP RELATIVE  tags that say where a program keeps the word for debuggers: its address,
//                          or that counted from the tag's entry; else it is DT_DEBUG's value
//   lazy entries           the first two words behind DT_PLTGOT are filled in without lazy binding too

#pragma once

#include <cstdint>
#include <string>

namespace tests {

struct GlibcHabits {
  uint64_t static_pairs_tag = 0, static_pairs_bit = 0;  // 0: none
  bool local_entries = false;
  uint64_t debugger_map = 0, debugger_relative = 0;  // 0: none
  bool lazy_entries = false;
};

// False, with the file and the line, for a line of another kind. No such file: no such habits.
[[nodiscard]] bool ReadGlibcHabits(const std::string& path, GlibcHabits& habits,
                                   std::string& error);

}  // namespace tests
