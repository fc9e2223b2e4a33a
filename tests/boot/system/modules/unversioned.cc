// SPDX-License-Identifier: BSD-2-Clause
//
// Calls the kernel without saying which version of it: linked without a stub.
#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/module.h"

KLD_MODULE(unversioned, "1.0", "calls any kernel");

KLD_LOAD(unversioned) {
  kprintf("who are you?\n");
  return 0;
}
