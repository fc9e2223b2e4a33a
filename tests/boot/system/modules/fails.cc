// SPDX-License-Identifier: BSD-2-Clause
//
// Fails to load once chacha has been started for it.
#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "modules/chacha/chacha.h"

KLD_MODULE(fails, "1.0", "has bad luck");

KLD_LOAD(fails) {
  uint8_t block[CHACHA_BLOCK_BYTES] = {}, key[CHACHA_KEY_BYTES] = {};
  chacha_block(key, 0, key, block);
  kprintf("fails: began with %u\n", block[0]);
  return ENODEV;
}
KLD_UNLOAD(fails) { kprintf("fails: must not be unloaded, it was never loaded\n"); }
