/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Forgets a device when it is unloaded.
 */

#include "kernel/kpi/device.h"
#include "kernel/kpi/module.h"

KLD_MODULE(leftover, "1.0", "leaves a device behind");

static struct kdev* device;
static const struct kdev_ops ops = {.version = sizeof(struct kdev_ops)};

KLD_LOAD(leftover) {
  const struct kdev_spec spec = {.name = "leftover", .mode = 0666, .ops = &ops};
  return kdev_create(&spec, &device);
}
KLD_UNLOAD(leftover) { kprintf("leftover: forgot /dev/leftover\n"); }
