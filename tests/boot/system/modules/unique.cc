// SPDX-License-Identifier: BSD-2-Clause
//
// A symbol that must be the same one in all files (STB_GNU_UNIQUE), which no unload survives.
#include "kernel/kpi/module.h"

KLD_MODULE(unique, "1.0", "wants to be the only one");

extern "C" {
extern int the_only_one;
__attribute__((visibility("default"))) int the_only_one = 1;
}
__asm__(".type the_only_one, \"gnu_unique_object\"");

KLD_LOAD(unique) { return 0; }
