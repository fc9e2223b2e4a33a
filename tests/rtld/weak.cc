// SPDX-License-Identifier: BSD-2-Clause
//
// An undefined weak symbol is 0; the first definition in scope is taken, weak or not.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED [[gnu::weak]] void nobody_has_this();
EXPORTED [[gnu::weak]] extern int nobody_has_that;
EXPORTED void greet();
}

int test_main(int, char**, char**) {
  say(&nobody_has_this == nullptr && &nobody_has_that == nullptr ? "null " : "not null ");
  greet();
  say("\n");
  return 0;
}
