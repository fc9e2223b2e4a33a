// SPDX-License-Identifier: BSD-2-Clause
//
// Wants three functions that the library it was linked against no longer has.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED void gone_one();
EXPORTED void gone_two();
EXPORTED extern int gone_data;
EXPORTED int base_value();
}

int test_main(int, char**, char**) {
  gone_one();
  gone_two();
  return gone_data + base_value();
}
