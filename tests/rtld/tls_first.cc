// SPDX-License-Identifier: BSD-2-Clause
//
// Takes a place in front of the library whose variables are tested.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED thread_local char padding[5] = {1, 2, 3, 4, 5};
EXPORTED int padding_sum() { return padding[0] + padding[4]; }
}
