// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/random.h"

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/random_source.h"

namespace base {
namespace {

constinit RandomSource secrets;
constinit RandomSource places;

// One step of a source by itself, whoever else uses it.
void Step(RandomSource& source, const Nonce& nonce, uint8_t (&out)[RandomSource::kStepBytes]) {
  const bool on = arch::DisableInterrupts();
  source.Step(nonce, out);
  arch::RestoreInterrupts(on);
}

}  // namespace

void SeedRandom(const uint8_t* entropy, size_t bytes, bool fixed_places) {
  secrets.Mix(entropy, bytes);
  places = {};
  if (fixed_places) return;
  uint8_t seed[RandomSource::kStepBytes];
  GiveRandom(seed, sizeof seed);
  places.Mix(seed, sizeof seed);
  Wipe(seed);
}

void GiveRandom(uint8_t* to, size_t bytes) {
  uint64_t word = 0;
  if (!arch::RandomWord(&word)) word = arch::CycleCount();
  const Nonce fresh = {static_cast<uint32_t>(word), static_cast<uint32_t>(word >> 32),
                       static_cast<uint32_t>(arch::CycleCount())};
  uint8_t seed[RandomSource::kStepBytes];
  Step(secrets, fresh, seed);
  Expand(seed, to, bytes);
  Wipe(seed);
}

uint64_t PlacementRandom() {
  constexpr Nonce kNothingNew = {};
  uint8_t bytes[RandomSource::kStepBytes];
  Step(places, kNothingNew, bytes);
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number |= uint64_t{bytes[i]} << 8 * i;
  return number;
}

}  // namespace base
