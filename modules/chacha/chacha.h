/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The ChaCha20 block function and cipher of RFC 8439, section 2.3 and 2.4. Exported by chacha.kld.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHACHA_KEY_BYTES 32
#define CHACHA_NONCE_BYTES 12
#define CHACHA_BLOCK_BYTES 64

/* The 64 bytes of key stream that `key`, `counter` and `nonce` give. */
void chacha_block(const uint8_t key[CHACHA_KEY_BYTES], uint32_t counter,
                  const uint8_t nonce[CHACHA_NONCE_BYTES], uint8_t out[CHACHA_BLOCK_BYTES]);

/* XORs `bytes` bytes with the key stream from block `counter` on. `to` may be `from`. */
void chacha_xor(const uint8_t key[CHACHA_KEY_BYTES], uint32_t counter,
                const uint8_t nonce[CHACHA_NONCE_BYTES], const uint8_t* from, uint8_t* to,
                size_t bytes);

#ifdef __cplusplus
}
#endif
