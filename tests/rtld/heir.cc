// SPDX-License-Identifier: BSD-2-Clause
//
//   heir -> libpoor.so -> libbase.so
#include "tests/rtld/tiny.h"

extern "C" EXPORTED int left_value();

int test_main(int, char**, char**) { return left_value(); }
