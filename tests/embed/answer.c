/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/kpi/module.h"
#include "kpi.h"

KLD_MODULE(answer, "1.0", "knows the answer");

__attribute__((visibility("default"))) int answer(void);

static int value;

int answer(void) { return value; }

KLD_LOAD(answer) {
  host_print("loaded");
  value = 42;
  return 0;
}
KLD_UNLOAD(answer) { host_print("unloaded"); }
