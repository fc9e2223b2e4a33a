/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/module.h"

KLD_MODULE(hello, "1.0", "says hello when it comes and goodbye when it goes");
KLD_AUTHOR(hello, "Dynlink");
KLD_LICENSE(hello, "BSD-2-Clause");
KLD_PARAM_NUMBER(hello, times, 1, "how often it says hello");
KLD_PARAM_STRING(hello, whom, "world", "to whom");

KLD_LOAD(hello) {
  for (int64_t i = 0; i < times; ++i) kprintf("hello, %s\n", whom);
  return 0;
}

KLD_UNLOAD(hello) { kprintf("goodbye, %s\n", whom); }
