// SPDX-License-Identifier: BSD-2-Clause
//
// cycle_a --> cycle_b --> cycle_c --> cycle_a
#include "kernel/kpi/module.h"

KLD_MODULE(cycle_c, "1.0", "needs itself in the end");

extern "C" int cycle_a();
extern "C" __attribute__((visibility("default"))) int cycle_c() { return cycle_a() + 1; }

KLD_LOAD(cycle_c) { return cycle_c(); }
