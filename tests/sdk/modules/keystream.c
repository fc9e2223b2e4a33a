/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Needs a module of the tree by its stub, -lchacha.
 */

#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/module.h"
#include "modules/chacha/chacha.h"

KLD_MODULE(keystream, "1.0", "prints a byte of key stream");

KLD_LOAD(keystream) {
  static const uint8_t key[CHACHA_KEY_BYTES], nonce[CHACHA_NONCE_BYTES];
  uint8_t block[CHACHA_BLOCK_BYTES];
  chacha_block(key, 0, nonce, block);
  kprintf("keystream: the first byte is 0x%02x\n", block[0]);
  return 0;
}
