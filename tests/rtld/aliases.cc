// SPDX-License-Identifier: BSD-2-Clause
//
//   aliases -> libalias1.so, libalias2.so: two names of one file, which has no DT_SONAME.
#include "tests/rtld/tiny.h"

int test_main(int, char**, char**) {
  say("main ");
  return 0;
}
