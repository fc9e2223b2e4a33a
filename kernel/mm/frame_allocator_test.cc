// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/frame_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace mm {
namespace {

constexpr uint64_t kChunk = FrameAllocator::kChunkFrames;
constexpr uint32_t kNone = FrameAllocator::kNone;

// Eight chunks; records start as garbage, as fresh memory is.
class FrameAllocatorTest : public testing::Test {
 protected:
  FrameAllocatorTest() : records_(kLimit, FrameRecord{0xa5a5a5a5, 0xa5, 0xa5, 0xa5}), chunks_(8) {
    frames_.Init(records_.data(), chunks_.data(), kLimit);
  }

  std::set<uint32_t> TakeAll() {
    std::set<uint32_t> taken;
    for (uint32_t frame; (frame = frames_.Allocate(1)) != kNone;) {
      EXPECT_TRUE(taken.insert(frame).second) << "frame given twice: " << frame;
    }
    return taken;
  }

  bool Untouched(uint64_t frame) const { return records_[frame].references == 0xa5a5a5a5; }

  static constexpr uint64_t kLimit = 8 * kChunk;
  std::vector<FrameRecord> records_;
  std::vector<FrameAllocator::Chunk> chunks_;
  FrameAllocator frames_;
};

TEST_F(FrameAllocatorTest, AnEmptyOneGivesNothing) {
  EXPECT_EQ(frames_.Allocate(1), kNone);
  EXPECT_EQ(frames_.total(), 0u);
  EXPECT_EQ(frames_.free(), 0u);
}

TEST_F(FrameAllocatorTest, GivesEveryFrameOnceButTheSpares) {
  frames_.AddRange(0, kLimit);
  EXPECT_EQ(frames_.total(), 8 * (kChunk - 2));
  EXPECT_EQ(frames_.free(), frames_.total());
  std::set<uint32_t> taken = TakeAll();
  EXPECT_EQ(taken.size(), 8 * (kChunk - 2));
  EXPECT_EQ(frames_.free(), 0u);
  for (uint32_t frame : taken) frames_.Release(frame);
  EXPECT_EQ(frames_.free(), frames_.total());
  EXPECT_EQ(TakeAll(), taken);
}

TEST_F(FrameAllocatorTest, StartingTouchesNoWholeChunk) {
  frames_.AddRange(10, kLimit - 10);
  EXPECT_FALSE(Untouched(10));  // the part of a chunk at the start
  for (uint64_t frame = kChunk; frame < kLimit; frame++) {
    ASSERT_TRUE(Untouched(frame)) << frame;
  }
}

TEST_F(FrameAllocatorTest, PartsOfChunksAtBothEnds) {
  frames_.AddRange(kChunk - 5, kChunk + 12);  // 5 frames, a chunk, 7 frames
  EXPECT_EQ(frames_.total(), 3 + (kChunk - 2) + 5);
  std::set<uint32_t> taken = TakeAll();
  EXPECT_EQ(taken.size(), frames_.total());
  EXPECT_EQ(*taken.begin(), kChunk - 3);  // two are spares
  EXPECT_EQ(*taken.rbegin(), 2 * kChunk + 6);
}

// Two ranges in one chunk share its spares, and their blocks never join over the gap.
TEST_F(FrameAllocatorTest, RangesThatShareAChunk) {
  frames_.AddRange(0, 100);
  frames_.AddRange(200, 100);
  EXPECT_EQ(frames_.total(), 198u);
  std::set<uint32_t> taken = TakeAll();
  EXPECT_EQ(taken.size(), 198u);
  for (uint32_t frame : taken) EXPECT_TRUE(frame < 100 || (frame >= 200 && frame < 300)) << frame;
  for (uint32_t frame : taken) frames_.Release(frame);
  EXPECT_EQ(TakeAll(), taken);
}

TEST_F(FrameAllocatorTest, ContiguousFramesAreAlignedAndTheRestIsKept) {
  frames_.AddRange(0, 2 * kChunk);
  uint64_t before = frames_.free();
  uint32_t five = frames_.Allocate(5);
  ASSERT_NE(five, kNone);
  EXPECT_EQ(five % 8, 0u);
  EXPECT_EQ(frames_.free(), before - 5);
  for (int i = 0; i < 5; i++) EXPECT_TRUE(frames_.IsAllocated(five + i));
  EXPECT_FALSE(frames_.IsAllocated(five + 5));
  for (int i = 0; i < 5; i++) frames_.Release(five + i);
  EXPECT_EQ(frames_.free(), before);
}

TEST_F(FrameAllocatorTest, FreedFramesJoinToTheLargestBlock) {
  frames_.AddRange(0, kChunk);
  std::set<uint32_t> taken = TakeAll();
  EXPECT_EQ(frames_.Allocate(FrameAllocator::kMostContiguous), kNone);
  std::vector<uint32_t> order(taken.begin(), taken.end());
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  for (uint32_t frame : order) frames_.Release(frame);
  EXPECT_EQ(frames_.Allocate(FrameAllocator::kMostContiguous), kChunk / 2);
}

TEST_F(FrameAllocatorTest, RefusesNothingAndTooMuch) {
  frames_.AddRange(0, kLimit);
  EXPECT_EQ(frames_.Allocate(0), kNone);
  EXPECT_EQ(frames_.Allocate(FrameAllocator::kMostContiguous + 1), kNone);
  EXPECT_EQ(frames_.free(), frames_.total());
}

TEST_F(FrameAllocatorTest, AFrameIsFreeAfterItsLastReference) {
  frames_.AddRange(0, kChunk);
  uint64_t before = frames_.free();
  uint32_t frame = frames_.Allocate(1);
  frames_.Retain(frame);
  frames_.Release(frame);
  EXPECT_TRUE(frames_.IsAllocated(frame));
  EXPECT_EQ(frames_.free(), before - 1);
  frames_.Release(frame);
  EXPECT_FALSE(frames_.IsAllocated(frame));
  EXPECT_EQ(frames_.free(), before);
}

TEST_F(FrameAllocatorTest, SparesComeFromTheFramesOwnChunk) {
  frames_.AddRange(0, 3 * kChunk);
  EXPECT_EQ(frames_.TakeSpare(kChunk), kNone) << "chunk not in use yet";
  std::set<uint32_t> taken = TakeAll();
  for (uint64_t chunk = 0; chunk < 3; chunk++) {
    uint32_t first = frames_.TakeSpare(chunk * kChunk + 7);
    uint32_t second = frames_.TakeSpare(chunk * kChunk + 900);
    EXPECT_EQ(first / kChunk, chunk);
    EXPECT_EQ(second / kChunk, chunk);
    EXPECT_NE(first, second);
    EXPECT_FALSE(taken.count(first) || taken.count(second));
    EXPECT_EQ(frames_.TakeSpare(chunk * kChunk), kNone);
  }
}

TEST_F(FrameAllocatorTest, UsedFramesAreReleasedLikeOthers) {
  frames_.AddRange(0, 100);
  frames_.AddUsed(100, 4, 1);
  EXPECT_EQ(frames_.total(), 102u);
  EXPECT_TRUE(frames_.IsAllocated(103));
  EXPECT_FALSE(frames_.IsAllocated(104));
  uint64_t before = frames_.free();
  for (int i = 100; i < 104; i++) frames_.Release(i);
  EXPECT_EQ(frames_.free(), before + 4);
}

// Random work against a model: no frame is given twice, and all come back.
TEST_F(FrameAllocatorTest, RandomWork) {
  frames_.AddRange(3, kLimit - 20);
  uint64_t before = frames_.free();
  std::mt19937 random(7);
  std::vector<std::pair<uint32_t, size_t>> live;
  std::vector<bool> used(kLimit);
  for (int step = 0; step < 20000; step++) {
    if (live.empty() || random() % 2) {
      size_t count = 1 + random() % (random() % 8 ? 4 : 200);
      uint32_t first = frames_.Allocate(count);
      if (first == kNone) continue;
      for (size_t i = 0; i < count; i++) {
        ASSERT_FALSE(used[first + i]);
        used[first + i] = true;
      }
      live.emplace_back(first, count);
    } else {
      std::swap(live[random() % live.size()], live.back());
      auto [first, count] = live.back();
      live.pop_back();
      for (size_t i = 0; i < count; i++) {
        used[first + i] = false;
        frames_.Release(first + i);
      }
    }
  }
  for (auto [first, count] : live) {
    for (size_t i = 0; i < count; i++) frames_.Release(first + i);
  }
  EXPECT_EQ(frames_.free(), before);
}

}  // namespace
}  // namespace mm
