// SPDX-License-Identifier: BSD-2-Clause
//
// Loads and unloads in the booted system, more of them than a shell script could do:
//
//   kldstress fail ROUNDS FILE...     every FILE fails, ROUNDS loads in all, in turn
//   kldstress rounds ROUNDS FILE      loads and unloads while another process looks symbols up
//   kldstress mutate ROUNDS SEED FILE link-only loads of FILE with some of its bytes changed
//
// One round is for warming up. After every step that succeeded or failed the linker holds exactly
// what it held, and no frame is executable here and writable there. Ends at the first fault, with
// status 1 and a line that says which.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/stress/fail.h"
#include "tests/stress/mutate.h"
#include "tests/stress/rounds.h"

namespace {

long Number(const char* text) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return *text != '\0' && *end == '\0' && value > 0 ? value : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const long rounds = argc > 2 ? Number(argv[2]) : 0;
  if (what == "fail" && rounds != 0 && argc > 3) {
    return stress::Fail(rounds, {argv + 3, argv + argc});
  }
  if (what == "rounds" && rounds != 0 && argc == 4) return stress::Rounds(rounds, argv[3]);
  if (what == "mutate" && rounds != 0 && argc == 5) {
    return stress::Mutate(rounds, static_cast<uint64_t>(Number(argv[3])), argv[4]);
  }
  std::fputs(
      "usage: kldstress fail ROUNDS FILE...\n       kldstress rounds ROUNDS FILE\n"
      "       kldstress mutate ROUNDS SEED FILE\n",
      stderr);
  return 2;
}
