// SPDX-License-Identifier: BSD-2-Clause
//
// Variables that a program takes a copy of. The pointer is relocated before it is copied.
#include "tests/rtld/tiny.h"

namespace {

int target = 5;

}  // namespace

extern "C" {
EXPORTED int shared_number = 12;
EXPORTED int* shared_pointer = &target;
EXPORTED int read_number() { return shared_number; }
EXPORTED int read_target() { return *shared_pointer; }
}
