/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Linked without the kernel's stub.
 */

#include "kernel/kpi/module.h"

KLD_MODULE(unversioned, "1.0", "wants kernel symbols without a version");
KLD_LOAD(unversioned) {
  kprintf("unversioned\n");
  return 0;
}
