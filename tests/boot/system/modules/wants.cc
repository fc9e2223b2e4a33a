// SPDX-License-Identifier: BSD-2-Clause
//
// Wants three things: one that nobody has, one of a file that it does not name in DT_NEEDED, and
// another one that nobody has, twice.
#include "kernel/kpi/module.h"
#include "modules/chacha/chacha.h"

KLD_MODULE(wants, "1.0", "wants what it cannot have");

extern "C" int no_such_thing();
extern "C" int nor_this();

KLD_LOAD(wants) {
  uint8_t block[CHACHA_BLOCK_BYTES] = {}, key[CHACHA_KEY_BYTES] = {};
  chacha_block(key, 0, key, block);
  return no_such_thing() + nor_this() + no_such_thing() + block[0];
}
