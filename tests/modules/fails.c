/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fails after its dependency has started.
 */

#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "modules/chacha/chacha.h"

KLD_MODULE(fails, "1.0", "cannot be started");
KLD_LOAD(fails) {
  uint8_t block[CHACHA_BLOCK_BYTES] = {0};
  chacha_block(block, 0, block, block);
  return EIO;
}
