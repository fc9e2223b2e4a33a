// SPDX-License-Identifier: BSD-2-Clause
#include "stand/entropy.h"

#include "arch/contract/boot/boot.h"
#include "lib/chacha/permute.h"

namespace stand {
namespace {

constexpr int kHardwareWords = 8;
constexpr unsigned kJitterSamples = 512;
constexpr unsigned kFewJitterSamples = 32;  // when there is nothing left to gain
constexpr uint64_t kSamplesPerBit = 8;

// Work whose duration depends on caches, interrupts of the host and the emulator's translator.
void Work(unsigned salt) {
  static volatile uint32_t scratch[1024];
  uint32_t at = salt;
  for (int i = 0; i < 32; ++i) {
    at = at * 1664525 + 1013904223;
    scratch[at >> 22] = scratch[at >> 22] + at;
  }
}

}  // namespace

void EntropyPool::Absorb(std::span<const std::byte> bytes, uint64_t bits) {
  uint64_t word = 0;
  size_t n = 0;
  for (const std::byte byte : bytes) {
    word = word << 8 | std::to_integer<uint64_t>(byte);
    if (++n == 8) {
      Absorb(word, 0);
      word = 0;
      n = 0;
    }
  }
  Absorb(word << 8 | n, bits);
}

void EntropyPool::Absorb(uint64_t word, uint64_t bits) {
  words_[at_] ^= static_cast<uint32_t>(word);
  words_[at_ + 1] ^= static_cast<uint32_t>(word >> 32);
  at_ += 2;
  if (at_ == kWords) Stir();
  bits_ = bits > kMaxBits - bits_ ? kMaxBits : bits_ + bits;
}

void EntropyPool::Stir() {
  chacha::Permute(words_);
  at_ = 0;
}

void EntropyPool::Extract(std::span<std::byte> out) {
  while (!out.empty()) {
    const uint64_t word = ExtractWord();
    const size_t n = out.size() < 8 ? out.size() : 8;
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<std::byte>(word >> (8 * i));
    out = out.subspan(n);
  }
}

uint64_t EntropyPool::ExtractWord() {
  Stir();
  // Half of the state is never given out and stands between one output and the next.
  const uint64_t word = uint64_t{words_[0]} << 32 | words_[1];
  words_[15] ^= 0x9e3779b9;
  Stir();
  return word;
}

bool JitterMeter::Add(uint64_t sample) {
  const uint64_t delta = sample - last_;
  const uint64_t second = delta - last_delta_;
  const uint64_t third = second - last_second_;
  last_ = sample;
  last_delta_ = delta;
  last_second_ = second;
  if (seen_ < 3) {
    ++seen_;
    return false;
  }
  return delta != 0 && second != 0 && third != 0;
}

void GatherEntropy(std::span<const std::byte> seed, EntropyPool& pool) {
  pool.Absorb(seed, 8 * seed.size());

  for (int i = 0; i < kHardwareWords; ++i) {
    uint64_t word = 0;
    if (!boot::HardwareRandom(&word)) break;
    pool.Absorb(word, 64);
  }

  JitterMeter meter;
  uint64_t counted = 0;
  const unsigned samples =
      pool.bits() == EntropyPool::kMaxBits ? kFewJitterSamples : kJitterSamples;
  for (unsigned i = 0; i < samples; ++i) {
    const uint64_t ticks = boot::Ticks();
    if (meter.Add(ticks)) ++counted;
    pool.Absorb(ticks, 0);
    Work(i);
  }
  pool.Absorb(counted, counted / kSamplesPerBit);
}

}  // namespace stand
