// SPDX-License-Identifier: BSD-2-Clause
//
// Functions whose code is chosen when the program starts. The resolvers read relocated data and
// call other functions: they run when everything else is done.
#include "tests/rtld/tiny.h"

namespace {

int Fast() { return 11; }
int Slow() { return 22; }
int LocalFast() { return 33; }

using Function = int (*)();
// Pointers in data: relative relocations.
Function const choices[] = {Slow, Fast};
const char* volatile wish = "fast";

extern "C" Function choose() { return choices[wish[0] == 'f']; }
extern "C" Function choose_local() { return wish[0] == 'f' ? LocalFast : Slow; }

[[gnu::ifunc("choose_local")]] int local_choice();

}  // namespace

extern "C" {
EXPORTED [[gnu::ifunc("choose")]] int chosen();
EXPORTED Function chosen_pointer = chosen;
EXPORTED int local_chosen() { return local_choice(); }
}
