// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/random.h"

#include "arch/contract/kernel/cpu.h"

namespace base {
namespace {

constinit uint64_t state[4] = {1, 2, 3, 4};

// splitmix64 (Steele, Lea, Flood 2014): spreads whatever entropy there is over all bits.
uint64_t Mix(uint64_t& seed) {
  seed += 0x9e3779b97f4a7c15;
  uint64_t z = seed;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr uint64_t RotateLeft(uint64_t value, int count) {
  return value << count | value >> (64 - count);
}

}  // namespace

void SeedPlacement(const uint8_t* entropy, size_t bytes, bool fixed) {
  uint64_t seed = 0;
  if (!fixed) {
    for (size_t i = 0; i < bytes; i++) seed = Mix(seed) ^ entropy[i];
    uint64_t word;
    if (arch::RandomWord(&word)) seed ^= word;
    seed ^= arch::CycleCount();
  }
  for (uint64_t& word : state) word = Mix(seed);
}

// xoshiro256** (Blackman, Vigna 2018).
uint64_t PlacementRandom() {
  bool on = arch::DisableInterrupts();
  uint64_t result = RotateLeft(state[1] * 5, 7) * 9;
  uint64_t shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = RotateLeft(state[3], 45);
  arch::RestoreInterrupts(on);
  return result;
}

}  // namespace base
