// SPDX-License-Identifier: BSD-2-Clause
#include "stand/entropy.h"

#include <set>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "stand/testing/fake_machine.h"

namespace stand {
namespace {

TEST(JitterMeterTest, ARegularCounterIsWorthNothing) {
  JitterMeter steady, accelerating;
  uint64_t ticks = 5, step = 3;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(steady.Add(1000 + 10 * static_cast<uint64_t>(i)));
    EXPECT_FALSE(accelerating.Add(ticks));
    ticks += step;
    step += 2;
  }
}

TEST(JitterMeterTest, CountsIrregularSamplesAfterTheFirstThree) {
  JitterMeter meter;
  const uint64_t kSamples[] = {100, 211, 299, 430, 500, 500, 611, 803};
  const bool kCounts[] = {false, false, false, true, true, false, true, true};
  for (size_t i = 0; i < std::size(kSamples); ++i)
    EXPECT_EQ(meter.Add(kSamples[i]), kCounts[i]) << i;
}

TEST(EntropyPoolTest, EstimateAddsUpToThePool) {
  EntropyPool pool;
  EXPECT_EQ(pool.bits(), 0u);
  pool.Absorb(1, 64);
  pool.Absorb(2, 0);
  EXPECT_EQ(pool.bits(), 64u);
  pool.Absorb(3, ~uint64_t{0});
  EXPECT_EQ(pool.bits(), EntropyPool::kMaxBits);
}

TEST(EntropyPoolTest, EveryInputBitChangesTheOutput) {
  std::set<uint64_t> outputs;
  for (int bit = -1; bit < 64; ++bit) {
    EntropyPool pool;
    pool.Absorb(bit < 0 ? 0 : uint64_t{1} << bit, 0);
    outputs.insert(pool.ExtractWord());
  }
  EXPECT_EQ(outputs.size(), 65u);
}

TEST(EntropyPoolTest, LengthAndOrderOfBytesCount) {
  const std::byte kBytes[] = {std::byte{0}, std::byte{0}, std::byte{1}};
  std::set<uint64_t> outputs;
  for (size_t n = 0; n <= 3; ++n) {
    EntropyPool pool;
    pool.Absorb(std::span(kBytes, n), 0);
    outputs.insert(pool.ExtractWord());
  }
  EXPECT_EQ(outputs.size(), 4u);
}

TEST(EntropyPoolTest, OutputsOfAllLengthsAreOfOneStream) {
  EntropyPool a, b;
  std::byte whole[20], start[3];
  a.Extract(whole);
  b.Extract(start);
  EXPECT_TRUE(std::equal(start, start + 3, whole));
  EXPECT_NE(a.ExtractWord(), a.ExtractWord());
}

TEST(GatherEntropyTest, CountsSeedAndGeneratorInFullAndNoSteadyCounter) {
  testing::Fake() = {};
  testing::Fake().random = {1, 2, 3};
  const std::byte kSeed[4] = {};
  EntropyPool pool;
  GatherEntropy(kSeed, pool);
  EXPECT_EQ(pool.bits(), 4 * 8 + 3 * 64u);
}

TEST(GatherEntropyTest, JitterAloneIsWorthAnEighthOfABitASample) {
  testing::Fake() = {};
  uint64_t at = 0;
  for (uint64_t i = 0; i < 512; ++i) {
    at += 1 + i * i % 97;
    testing::Fake().ticks.push_back(at);
  }
  EntropyPool pool;
  GatherEntropy({}, pool);
  EXPECT_GT(pool.bits(), 50u);
  EXPECT_LE(pool.bits(), 64u);
}

TEST(GatherEntropyTest, AFullPoolNeedsLittleJitter) {
  testing::Fake() = {};
  testing::Fake().random = {1, 2, 3, 4, 5, 6, 7, 8};
  EntropyPool pool;
  GatherEntropy({}, pool);
  EXPECT_EQ(pool.bits(), EntropyPool::kMaxBits);
  EXPECT_EQ(testing::Fake().last_tick, 32 * testing::Fake().tick_step);
}

}  // namespace
}  // namespace stand
