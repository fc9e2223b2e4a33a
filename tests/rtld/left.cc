// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int base_value();
EXPORTED int left_value() { return 100 + base_value(); }
}
