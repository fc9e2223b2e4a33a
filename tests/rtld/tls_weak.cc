// SPDX-License-Identifier: BSD-2-Clause
//
// The library's weak thread-local variable, which nobody defines, by a descriptor or not.
#include "tests/rtld/tiny.h"

extern "C" EXPORTED uintptr_t where_is_nobody();

int test_main(int, char**, char**) {
  say(where_is_nobody() == 0 ? "null\n" : "not null\n");
  return 0;
}
