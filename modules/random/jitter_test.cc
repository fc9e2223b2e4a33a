// SPDX-License-Identifier: BSD-2-Clause
#include "modules/random/jitter.h"

#include <gtest/gtest.h>

#include <set>

namespace random_module {
namespace {

// A counter that shows whole steps of a time which passes while work is done.
struct Machine {
  uint64_t ns = 0, ns_per_step = 1;
  uint64_t turns = 0;

  template <class Duration>
  bool Collect(Duration&& duration, uint64_t& noise) {
    return CollectJitter([&] { return ns / ns_per_step; },
                         [&](uint64_t) {
                           ns += duration(turns);
                           ++turns;
                         },
                         noise);
  }
};

TEST(JitterTest, FineCountersNeedTheWorkOnce) {
  Machine machine;
  uint64_t noise = 0;
  EXPECT_TRUE(machine.Collect([](uint64_t turn) { return 900 + turn * turn % 7; }, noise));
  EXPECT_EQ(machine.turns, static_cast<uint64_t>(kJitterSamples));
  EXPECT_NE(noise, 0u);
}

// 300 ns of work, and now and then one more, by a counter of 100 ns: one sample of a hundred has
// another duration.
TEST(JitterTest, CoarseCountersSeeMoreWork) {
  Machine machine = {.ns_per_step = 100};
  uint64_t noise = 0;
  EXPECT_TRUE(machine.Collect([](uint64_t) { return 301; }, noise));
  EXPECT_GT(machine.turns, static_cast<uint64_t>(kJitterSamples));
  EXPECT_LE(machine.turns, static_cast<uint64_t>(kJitterSamples) * (2 * kMostTurns - 1));
}

TEST(JitterTest, WhatDoesNotChangeIsNoNoise) {
  for (const uint64_t duration : {0, 1, 300}) {
    Machine machine = {.ns_per_step = 100};
    uint64_t noise = 0;
    EXPECT_FALSE(machine.Collect([&](uint64_t) { return duration * 100; }, noise)) << duration;
    EXPECT_EQ(machine.turns, static_cast<uint64_t>(kJitterSamples) * (2 * kMostTurns - 1));
  }
}

// The least that counts: the first duration and 32 others.
TEST(JitterTest, AnEighthOfTheSamplesHasToDiffer) {
  for (const int others : {kLeastChanges - 2, kLeastChanges - 1}) {
    Machine machine;
    uint64_t noise = 0;
    static_cast<void>(machine.Collect(
        [&](uint64_t turn) {
          return turn <= static_cast<uint64_t>(others) ? turn + 1 : others + 1u;
        },
        noise));
    EXPECT_EQ(machine.turns == static_cast<uint64_t>(kJitterSamples), others == kLeastChanges - 1);
  }
}

// Each duration leaves its bits: no two sequences of one early difference give the same noise.
TEST(JitterTest, EverySampleCounts) {
  std::set<uint64_t> seen;
  for (uint64_t odd = 0; odd < 64; ++odd) {
    Machine machine;
    uint64_t noise = 0;
    EXPECT_TRUE(machine.Collect(
        [&](uint64_t turn) { return 900 + turn % 5 + (turn == odd ? 1u : 0u); }, noise));
    seen.insert(noise);
  }
  EXPECT_EQ(seen.size(), 64u);
}

}  // namespace
}  // namespace random_module
