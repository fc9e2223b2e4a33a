// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int base_calls = 0;
EXPORTED int base_value() { return 40 + ++base_calls; }
}
