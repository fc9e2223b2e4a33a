// SPDX-License-Identifier: BSD-2-Clause
//
//   order -> a, e      a -> b, c      b -> d      c -> d      e -> f      f -> e (a cycle)
//
// What is needed comes first; of the cycle, the one that was loaded first comes last.
#include "tests/rtld/order.h"

ANNOUNCE("p")

namespace {

void Before(int argc, char**, char**) {
  say(argc == 3 ? "preinit " : "preinit without arguments ");
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const preinit)(int, char**, char**) = Before;

}  // namespace

int test_main(int, char**, char**) {
  say("main ");
  return 0;
}
