/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/module.h"

KLD_MODULE(wrong_version, "1.0", "was linked against a kernel from the future");
KLD_LOAD(wrong_version) {
  kprintf("wrong_version\n");
  return 0;
}
