/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/module.h"

KLD_MODULE(hello, "6.6", "not the hello it says it is");
KLD_LOAD(hello) {
  kprintf("not hello\n");
  return 0;
}
