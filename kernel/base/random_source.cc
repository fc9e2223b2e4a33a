// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/random_source.h"

#include <cstring>

#include "lib/chacha/permute.h"

namespace base {

void ChaCha20Block(const uint32_t (&key)[kChaChaWords], uint32_t counter, const Nonce& nonce,
                   uint8_t (&out)[kChaChaBlock]) {
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

void RandomSource::Step(const Nonce& nonce, uint8_t (&out)[kStepBytes]) {
  uint8_t block[kChaChaBlock];
  static_assert(sizeof key_ + kStepBytes == sizeof block);
  ChaCha20Block(key_, 0, nonce, block);
  std::memcpy(key_, block, sizeof key_);
  std::memcpy(out, block + sizeof key_, kStepBytes);
  Wipe(block);
}

void RandomSource::Mix(const void* from, size_t bytes) {
  const auto* next = static_cast<const uint8_t*>(from);
  uint8_t unused[kStepBytes];
  while (bytes) {
    Nonce nonce = {};
    const size_t part = bytes < sizeof nonce ? bytes : sizeof nonce;
    std::memcpy(nonce, next, part);
    Step(nonce, unused);
    next += part;
    bytes -= part;
  }
  Wipe(unused);
}

void Expand(const uint8_t (&seed)[RandomSource::kStepBytes], uint8_t* to, size_t bytes) {
  constexpr Nonce kNothingNew = {};
  uint32_t key[kChaChaWords];
  uint8_t block[kChaChaBlock];
  static_assert(sizeof key == sizeof seed);
  std::memcpy(key, seed, sizeof key);
  for (uint32_t counter = 0; bytes; ++counter) {
    ChaCha20Block(key, counter, kNothingNew, block);
    const size_t part = bytes < sizeof block ? bytes : sizeof block;
    std::memcpy(to, block, part);
    to += part;
    bytes -= part;
  }
  Wipe(key);
  Wipe(block);
}

}  // namespace base
