// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int chosen();
EXPORTED extern int (*chosen_pointer)();
EXPORTED int local_chosen();
}

namespace {

int Own() { return 44; }
extern "C" int (*choose_own())() { return Own; }
[[gnu::ifunc("choose_own")]] int own_choice();

}  // namespace

int test_main(int, char**, char**) {
  int (*volatile pointer)() = chosen;
  say_number(chosen());
  say_number(pointer());
  say_number(chosen_pointer());
  say_number(local_chosen());
  say_number(own_choice());
  say("\n");
  return 0;
}
