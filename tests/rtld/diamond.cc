// SPDX-License-Identifier: BSD-2-Clause
//
//   diamond -> left, right -> base: one base for both, and arguments as the kernel gave them.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int left_value();
EXPORTED int right_value();
}

int test_main(int argc, char** argv, char** environment) {
  say_number(left_value());
  say_number(right_value());
  say("argc ");
  say_number(argc);
  for (int i = 1; i < argc; ++i) {
    say(argv[i]);
    say(" ");
  }
  say("environment ");
  say(environment[0] ? environment[0] : "(empty)");
  say("\n");
  return 7;
}
