// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kpi/module.h"

KLD_MODULE(told, "1.5", "tells of itself");
KLD_AUTHOR(told, "A. U. Thor");
KLD_FLAG(told, autoload);
KLD_PARAM_NUMBER(told, times, 3, "how often");

extern "C" __attribute__((visibility("default"))) int told_value() { return 5; }

KLD_LOAD(told) {
  for (int64_t i = 0; i < times; ++i) kprintf("told\n");
  return 0;
}
KLD_UNLOAD(told) {}
