// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int base_value();
EXPORTED int right_value() { return 200 + base_value(); }
}
