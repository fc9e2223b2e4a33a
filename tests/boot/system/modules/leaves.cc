// SPDX-License-Identifier: BSD-2-Clause
//
// Leaves a device behind when it is unloaded.
#include "kernel/kpi/device.h"
#include "kernel/kpi/module.h"

KLD_MODULE(leaves, "1.0", "does not clean up");

namespace {

const kdev_ops kOps = {.version = sizeof(kdev_ops)};
kdev* device;

}  // namespace

KLD_LOAD(leaves) {
  const kdev_spec spec = {.name = "leftover", .mode = 0666, .ops = &kOps};
  return kdev_create(&spec, &device);
}
KLD_UNLOAD(leaves) {}
