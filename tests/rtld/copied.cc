// SPDX-License-Identifier: BSD-2-Clause
//
// Variables that a program takes a copy of. The pointer to data is relocated before it is copied;
// the pointer to a function is what a resolver returns, when all is copied.
#include "tests/rtld/tiny.h"

namespace {

int target = 5;

using Function = int (*)();
int Chosen() { return 33; }
extern "C" Function choose_shared() { return Chosen; }

}  // namespace

extern "C" {
EXPORTED int shared_number = 12;
EXPORTED int* shared_pointer = &target;
EXPORTED [[gnu::ifunc("choose_shared")]] int shared_choice();
EXPORTED Function shared_function = shared_choice;
EXPORTED int read_function() { return shared_function(); }
EXPORTED int read_number() { return shared_number; }
EXPORTED int read_target() { return *shared_pointer; }
}
