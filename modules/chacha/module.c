/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What makes the cipher a module: it checks itself before anybody may use it.
 */

#include "kernel/kpi/module.h"

#include "kernel/kpi/errno.h"
#include "kernel/kpi/string.h"
#include "modules/chacha/chacha.h"

KLD_MODULE(chacha, "1.0", "ChaCha20 block function and cipher (RFC 8439)");
KLD_AUTHOR(chacha, "Dynlink");
KLD_LICENSE(chacha, "BSD-2-Clause");

/* RFC 8439, 2.3.2. */
static const uint8_t KLD_INIT_RODATA kExpected[CHACHA_BLOCK_BYTES] = {
    0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4,
    0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e,
    0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2,
    0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e};

KLD_LOAD(chacha) {
  uint8_t key[CHACHA_KEY_BYTES];
  for (int i = 0; i < CHACHA_KEY_BYTES; ++i) key[i] = (uint8_t)i;
  const uint8_t nonce[CHACHA_NONCE_BYTES] = {0, 0, 0, 9, 0, 0, 0, 0x4a};
  uint8_t block[CHACHA_BLOCK_BYTES];
  chacha_block(key, 1, nonce, block);
  if (memcmp(block, kExpected, sizeof block) == 0) return 0;
  kprintf("chacha: the test vector of RFC 8439 gives something else\n");
  return EIO;
}
