// SPDX-License-Identifier: BSD-2-Clause
//
// Noise from how long the same work takes, measured with a counter that may be coarse.
#pragma once

#include <stdint.h>

namespace random_module {

// Samples of jitter for one collection. Each is credited with far less than a bit.
inline constexpr int kJitterSamples = 256;

// Fewer changes of the work's duration than this, of so many samples: the counter stands still, or
// says no more than its own steps.
inline constexpr int kLeastChanges = kJitterSamples / 8 + 1;

// A sample's work is done once, then, while the durations do not change enough, twice, four times
// and so on: of a piece of work that takes about two of the counter's steps, always two, 64 in a row
// take a number that varies.
inline constexpr int kMostTurns = 64;

// Does `work(noise)` again and again and mixes what `cycles()` says of it into `noise`. False: the
// durations hardly change, so `noise` is to be credited with nothing.
template <class Cycles, class Work>
[[nodiscard]] bool CollectJitter(Cycles&& cycles, Work&& work, uint64_t& noise) {
  for (int turns = 1; turns <= kMostTurns; turns *= 2) {
    uint64_t before = cycles(), last_duration = 0;
    int changes = 0;
    for (int i = 0; i < kJitterSamples; ++i) {
      for (int turn = 0; turn < turns; ++turn) work(noise);
      const uint64_t now = cycles();
      const uint64_t duration = now - before;
      changes += duration != last_duration;
      noise = (noise << 7 | noise >> 57) ^ duration;
      last_duration = duration;
      before = now;
    }
    if (changes >= kLeastChanges) return true;
  }
  return false;
}

}  // namespace random_module
