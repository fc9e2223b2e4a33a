// SPDX-License-Identifier: BSD-2-Clause
//
// Where the time of a boot went, as one console line that bench/ reads. A kernel prints it twice
// when the word "bench" is on its command line, a few milliseconds apart, so that the length of a
// tick can be told:
//
//   boot-ticks: entry=N load=N relocated=N jump=N now=N relocations=N
//
// All but the last are values of the CPU's counter, which starts with the machine. Behind the second
// one a kernel may tell how it goes on, a line for each part that has ended:
//
//   boot-phase: NAME=N
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/dynamic/handoff.h"

namespace dynamic {

// Gives the line, its newline included, to put(char).
template <class Put>
void WriteBootTimes(const Handoff& handoff, uint64_t now, Put&& put) {
  const auto text = [&](std::string_view piece) {
    for (const char c : piece) put(c);
  };
  const auto field = [&](std::string_view name, uint64_t value) {
    text(name);
    char digits[20];
    size_t n = 0;
    do {
      digits[n++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (n != 0) put(digits[--n]);
  };
  using std::string_view_literals::operator""sv;
  text("boot-ticks:"sv);
  field(" entry="sv, handoff.ticks_entry);
  field(" load="sv, handoff.ticks_load);
  field(" relocated="sv, handoff.ticks_relocated);
  field(" jump="sv, handoff.ticks_jump);
  field(" now="sv, now);
  field(" relocations="sv, handoff.relocations);
  put('\n');
}

}  // namespace dynamic
