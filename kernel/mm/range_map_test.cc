// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/range_map.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

namespace mm {
namespace {

int live_nodes;
int nodes_left;  // < 0: no limit

void* AllocateNode() {
  if (nodes_left == 0) return nullptr;
  if (nodes_left > 0) nodes_left--;
  live_nodes++;
  return std::malloc(sizeof(RangeMap::Range));
}
void FreeNode(void* node) {
  live_nodes--;
  std::free(node);
}
constexpr RangeMap::NodeSource kSource = {AllocateNode, FreeNode};

class RangeMapTest : public testing::Test {
 protected:
  RangeMapTest() {
    live_nodes = 0;
    nodes_left = -1;
  }
  ~RangeMapTest() override {
    map_.Clear();
    EXPECT_EQ(live_nodes, 0);
  }
  RangeMap map_{kSource};
};

//  0x1000   0x3000      0x8000  0x9000
//    [  1  )              [  2  )
TEST_F(RangeMapTest, FindsByAddress) {
  RangeMap::Range* one = map_.Insert(0x1000, 0x2000, 1);
  RangeMap::Range* two = map_.Insert(0x8000, 0x1000, 2);
  EXPECT_EQ(map_.count(), 2u);
  EXPECT_EQ(map_.Containing(0xfff), nullptr);
  EXPECT_EQ(map_.Containing(0x1000), one);
  EXPECT_EQ(map_.Containing(0x2fff), one);
  EXPECT_EQ(map_.Containing(0x3000), nullptr);
  EXPECT_EQ(map_.FirstEndingAbove(0), one);
  EXPECT_EQ(map_.FirstEndingAbove(0x2fff), one);
  EXPECT_EQ(map_.FirstEndingAbove(0x3000), two);
  EXPECT_EQ(map_.FirstEndingAbove(0x9000), nullptr);
  EXPECT_EQ(map_.LastStartingBelow(0x1000), nullptr);
  EXPECT_EQ(map_.LastStartingBelow(0x1001), one);
  EXPECT_EQ(map_.LastStartingBelow(0x8000), one);
  EXPECT_EQ(map_.LastStartingBelow(~0ull), two);
  EXPECT_TRUE(map_.IsFree(0x3000, 0x5000));
  EXPECT_FALSE(map_.IsFree(0x3000, 0x5001));
  EXPECT_FALSE(map_.IsFree(0x2fff, 1));
}

//  low 0x1000   0x2000 0x3000   0x6000 0x7000   high 0xa000
TEST_F(RangeMapTest, Gaps) {
  ASSERT_TRUE(map_.Insert(0x2000, 0x1000, 0));
  ASSERT_TRUE(map_.Insert(0x6000, 0x1000, 0));
  uint64_t at;
  ASSERT_TRUE(map_.HighestGap(0x1000, 0xa000, 0x3000, &at));
  EXPECT_EQ(at, 0x7000u);
  ASSERT_TRUE(map_.HighestGap(0x1000, 0x9000, 0x3000, &at));
  EXPECT_EQ(at, 0x3000u);
  EXPECT_FALSE(map_.HighestGap(0x1000, 0x9000, 0x3001, &at));
  ASSERT_TRUE(map_.LowestGap(0x1000, 0xa000, 0x1000, &at));
  EXPECT_EQ(at, 0x1000u);
  ASSERT_TRUE(map_.LowestGap(0x1000, 0xa000, 0x1001, &at));
  EXPECT_EQ(at, 0x3000u);
  EXPECT_FALSE(map_.LowestGap(0x1000, 0x9000, 0x3001, &at));
  EXPECT_FALSE(map_.LowestGap(0x9000, 0x1000, 1, &at));
}

TEST_F(RangeMapTest, WithoutMemoryNothingChanges) {
  ASSERT_TRUE(map_.Insert(0x1000, 0x1000, 1));
  nodes_left = 0;
  EXPECT_EQ(map_.Insert(0x4000, 0x1000, 2), nullptr);
  EXPECT_EQ(map_.count(), 1u);
  EXPECT_EQ(map_.Containing(0x4000), nullptr);
}

// Random work against std::map.
TEST_F(RangeMapTest, RandomWork) {
  std::map<uint64_t, uint64_t> model;  // start -> end
  std::mt19937 random(3);
  for (int step = 0; step < 20000; step++) {
    uint64_t start = random() % 100000;
    uint64_t bytes = 1 + random() % 50;
    auto next = model.lower_bound(start);
    bool free = next == model.end() || next->first >= start + bytes;
    if (free && next != model.begin()) free = std::prev(next)->second <= start;
    ASSERT_EQ(map_.IsFree(start, bytes), free);
    if (free) {
      ASSERT_TRUE(map_.Insert(start, bytes, 0));
      model[start] = start + bytes;
    } else {
      RangeMap::Range* range = map_.FirstEndingAbove(start);
      ASSERT_EQ(model.erase(range->start), 1u);
      map_.Remove(range);
    }
    ASSERT_EQ(map_.count(), model.size());
  }
  uint64_t at = 0;
  for (auto [start, end] : model) {
    RangeMap::Range* range = map_.FirstEndingAbove(at);
    ASSERT_TRUE(range);
    EXPECT_EQ(range->start, start);
    EXPECT_EQ(range->end(), end);
    at = end;
  }
}

}  // namespace
}  // namespace mm
