/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/module.h"

KLD_MODULE(stumble, "1.0", "uses the FPU, which is off in the kernel");

void use_floating_point(void);

KLD_LOAD(stumble) {
  use_floating_point();
  return 0;
}
