// SPDX-License-Identifier: BSD-2-Clause
//
//   lonely -> libleft.so, libabsent.so: the second exists nowhere.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int absent_value();
EXPORTED int left_value();
}

int test_main(int, char**, char**) { return absent_value() + left_value(); }
