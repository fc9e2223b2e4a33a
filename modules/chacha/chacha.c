/* SPDX-License-Identifier: BSD-2-Clause */

#include "modules/chacha/chacha.h"

#include "kernel/kpi/string.h"

#define EXPORT __attribute__((visibility("default")))

static uint32_t Load32(const uint8_t* bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

static void Store32(uint8_t* bytes, uint32_t word) {
  bytes[0] = (uint8_t)word;
  bytes[1] = (uint8_t)(word >> 8);
  bytes[2] = (uint8_t)(word >> 16);
  bytes[3] = (uint8_t)(word >> 24);
}

static uint32_t Rotate(uint32_t word, int bits) { return word << bits | word >> (32 - bits); }

/* RFC 8439, 2.1. */
static void QuarterRound(uint32_t s[16], int a, int b, int c, int d) {
  s[a] += s[b], s[d] = Rotate(s[d] ^ s[a], 16);
  s[c] += s[d], s[b] = Rotate(s[b] ^ s[c], 12);
  s[a] += s[b], s[d] = Rotate(s[d] ^ s[a], 8);
  s[c] += s[d], s[b] = Rotate(s[b] ^ s[c], 7);
}

EXPORT void chacha_block(const uint8_t key[CHACHA_KEY_BYTES], uint32_t counter,
                         const uint8_t nonce[CHACHA_NONCE_BYTES], uint8_t out[CHACHA_BLOCK_BYTES]) {
  /* "expand 32-byte k" */
  uint32_t initial[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (int i = 0; i < 8; ++i) initial[4 + i] = Load32(key + 4 * i);
  initial[12] = counter;
  for (int i = 0; i < 3; ++i) initial[13 + i] = Load32(nonce + 4 * i);

  uint32_t state[16];
  memcpy(state, initial, sizeof state);
  for (int i = 0; i < 10; ++i) {
    QuarterRound(state, 0, 4, 8, 12);
    QuarterRound(state, 1, 5, 9, 13);
    QuarterRound(state, 2, 6, 10, 14);
    QuarterRound(state, 3, 7, 11, 15);
    QuarterRound(state, 0, 5, 10, 15);
    QuarterRound(state, 1, 6, 11, 12);
    QuarterRound(state, 2, 7, 8, 13);
    QuarterRound(state, 3, 4, 9, 14);
  }
  for (int i = 0; i < 16; ++i) Store32(out + 4 * i, state[i] + initial[i]);
}

EXPORT void chacha_xor(const uint8_t key[CHACHA_KEY_BYTES], uint32_t counter,
                       const uint8_t nonce[CHACHA_NONCE_BYTES], const uint8_t* from, uint8_t* to,
                       size_t bytes) {
  uint8_t stream[CHACHA_BLOCK_BYTES];
  while (bytes != 0) {
    chacha_block(key, counter++, nonce, stream);
    const size_t now = bytes < sizeof stream ? bytes : sizeof stream;
    for (size_t i = 0; i < now; ++i) to[i] = from[i] ^ stream[i];
    from += now;
    to += now;
    bytes -= now;
  }
}
