// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscall/random_source.h"
#include "lib/chacha/permute.h"

namespace syscalls {

void ChaCha20Block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3],
                   uint8_t out[64]) {
  uint32_t state[chacha::kWords] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (int i = 0; i < 8; ++i) state[4 + i] = key[i];
  state[12] = counter;
  for (int i = 0; i < 3; ++i) state[13 + i] = nonce[i];
  chacha::Permute(state);
  for (int i = 0; i < chacha::kWords; ++i) {
    for (int byte = 0; byte < 4; ++byte) {
      out[4 * i + byte] = static_cast<uint8_t>(state[i] >> (8 * byte));
    }
  }
}

}  // namespace syscalls
