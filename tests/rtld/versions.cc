// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" EXPORTED int answer();

int test_main(int, char**, char**) {
  say("answer ");
  say_number(answer());
  say("\n");
  return 0;
}
