// SPDX-License-Identifier: BSD-2-Clause
//
// One function in two versions: V_2 is the default, V_1 for programs linked long ago.
#include "tests/rtld/tiny.h"

asm(".symver answer_1, answer@V_1");
asm(".symver answer_2, answer@@V_2");

extern "C" {
EXPORTED int answer_1() { return 1; }
EXPORTED int answer_2() { return 2; }
}
