// SPDX-License-Identifier: BSD-2-Clause
//
//   first -> b, urgent      b -> d      urgent -> c      c -> d      DF_1_INITFIRST: urgent
//
// What is urgent, and what it needs, comes before what was named before it.
#include "tests/rtld/order.h"

ANNOUNCE("p")

int test_main(int, char**, char**) {
  say("main ");
  return 0;
}
