// SPDX-License-Identifier: BSD-2-Clause
//
// The bytes of getrandom(2): ChaCha20 (RFC 8439) with fast key erasure. Every request begins with
// a block whose first half becomes the next key, so that what was given out cannot be found again.
// Seeded at boot from the loader's entropy and, at every request, from the CPU's generator and
// cycle counter. (/dev/random is a module of its own.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace syscalls {

// Mixes `bytes` into the key.
void SeedRandom(const uint8_t* seed, size_t bytes);
// Fills `to`. Any thread.
void GiveRandom(uint8_t* to, size_t bytes);

// RFC 8439, 2.3: one block. Pure.
void ChaCha20Block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3],
                   uint8_t out[64]);

}  // namespace syscalls
