// SPDX-License-Identifier: BSD-2-Clause
//
// Randomness for the kernel's base and, in the hand-off, for the kernel's generator. A pool of 512
// bits that is stirred with the ChaCha permutation (RFC 8439, 2.3, 20 rounds, with the feed-forward
// that makes it one-way); what comes out of it says nothing about the other outputs.
//
// The estimate counts what is believed: the firmware's seed and the CPU's generator in full, timer
// jitter at an eighth of a bit for each sample whose first three differences are all new. It never
// exceeds the pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stand {

class EntropyPool {
 public:
  static constexpr uint64_t kMaxBits = 512;

  // Mixes bytes in and adds `bits` to the estimate.
  void Absorb(std::span<const std::byte> bytes, uint64_t bits);
  void Absorb(uint64_t word, uint64_t bits);

  // Fills `out` with bytes that depend on all that was absorbed, and changes the pool so that they
  // cannot be had again. The estimate stays: it is of the pool, not of the output.
  void Extract(std::span<std::byte> out);
  uint64_t ExtractWord();

  uint64_t bits() const { return bits_; }

 private:
  static constexpr size_t kWords = 16;

  void Stir();

  uint32_t words_[kWords] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  size_t at_ = 0;  // where the next word is mixed in
  uint64_t bits_ = 0;
};

// Judges whether the samples of a counter jitter (the "stuck" test of NIST SP 800-90B's spirit: the
// first, second and third difference to the past must all differ from zero).
class JitterMeter {
 public:
  // True when this sample counts.
  bool Add(uint64_t sample);

 private:
  uint64_t last_ = 0;
  uint64_t last_delta_ = 0;
  uint64_t last_second_ = 0;
  unsigned seen_ = 0;
};

// Gathers from everything the machine has (the contract's HardwareRandom and Ticks, and the
// firmware's seed) into `pool`. Jitter takes time, so there is little of it when the pool is full.
void GatherEntropy(std::span<const std::byte> seed, EntropyPool& pool);

}  // namespace stand
