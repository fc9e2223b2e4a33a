// SPDX-License-Identifier: BSD-2-Clause
//
// Linked against a kernel that is to come.
#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/module.h"

KLD_MODULE(future, "1.0", "for a later kernel");

extern "C" int ktime_travel();

KLD_LOAD(future) {
  kprintf("welcome to the past\n");
  return ktime_travel();
}
