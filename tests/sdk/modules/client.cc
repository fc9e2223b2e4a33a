// SPDX-License-Identifier: BSD-2-Clause
//
// Needs counter.kld.

#include "counter.h"
#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/module.h"

KLD_MODULE(client, "1.0", "asks a counter");

KLD_LOAD(client) {
  kprintf("client: the counter says %d\n", counter_next());
  return 0;
}
