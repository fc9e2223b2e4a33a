// SPDX-License-Identifier: BSD-2-Clause
//
// Random numbers from ChaCha20 (RFC 8439) with fast key erasure: at every step half a block becomes
// the next key, so that neither the key nor what was made before can be found from what is given
// out. Pure; not locked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace base {

inline constexpr size_t kChaChaWords = 8;  // of a key
inline constexpr size_t kChaChaBlock = 64;
// Of 32-bit words. Where nothing new has to come in, all are 0.
using Nonce = uint32_t[3];

// RFC 8439, 2.3: one block.
void ChaCha20Block(const uint32_t (&key)[kChaChaWords], uint32_t counter, const Nonce& nonce,
                   uint8_t (&out)[kChaChaBlock]);

class RandomSource {
 public:
  static constexpr size_t kStepBytes = 32;

  // The next bytes. All later ones depend on `nonce`, too.
  void Step(const Nonce& nonce, uint8_t (&out)[kStepBytes]);
  // All later bytes depend on these and on all that were mixed in before.
  void Mix(const void* from, size_t bytes);

 private:
  uint32_t key_[kChaChaWords] = {};
};

// As many bytes as are wanted, from what one step gave.
void Expand(const uint8_t (&seed)[RandomSource::kStepBytes], uint8_t* to, size_t bytes);

// Nothing of it stays behind, whatever the compiler thinks of stores that nobody reads.
template <class T>
void Wipe(T& secret) {
  std::memset(&secret, 0, sizeof secret);
  asm volatile("" : : "r"(&secret) : "memory");
}

}  // namespace base
