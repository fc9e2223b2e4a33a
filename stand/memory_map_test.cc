// SPDX-License-Identifier: BSD-2-Clause
#include "stand/memory_map.h"

#include <string>

#include "gtest/gtest.h"

namespace stand {
namespace {

constexpr uint64_t kPage = boot::kPageSize;

// "start-end:type" in pages, e.g. "1-4:1 4-5:2".
std::string Text(const MemoryMap& map) {
  std::string text;
  for (const dynamic::HandoffRange& range : map.ranges()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(range.base / kPage) + "-" +
            std::to_string((range.base + range.bytes) / kPage) + ":" + std::to_string(range.type);
  }
  return text;
}

boot::Range Pages(uint64_t start, uint64_t end) {
  return {.base = start * kPage, .bytes = (end - start) * kPage};
}

TEST(MemoryMapTest, SortsMergesAndRounds) {
  MemoryMap map;
  ASSERT_TRUE(map.AddUsable(Pages(20, 30)));
  ASSERT_TRUE(map.AddUsable(Pages(1, 4)));
  ASSERT_TRUE(map.AddUsable(Pages(4, 6)));
  ASSERT_TRUE(map.AddUsable({.base = 10 * kPage + 1, .bytes = 3 * kPage}));  // inwards
  EXPECT_EQ(Text(map), "1-6:1 11-13:1 20-30:1");
  ASSERT_TRUE(map.AddReserved({.base = 12 * kPage + 5, .bytes = 1}));  // outwards
  EXPECT_EQ(Text(map), "1-6:1 11-12:1 12-13:2 20-30:1");
}

TEST(MemoryMapTest, ReservedWinsInEitherOrder) {
  MemoryMap first, second;
  ASSERT_TRUE(first.AddUsable(Pages(0, 100)));
  ASSERT_TRUE(first.AddReserved(Pages(50, 120)));
  ASSERT_TRUE(first.AddReserved(Pages(10, 11)));
  ASSERT_TRUE(second.AddReserved(Pages(10, 11)));
  ASSERT_TRUE(second.AddReserved(Pages(50, 120)));
  ASSERT_TRUE(second.AddUsable(Pages(0, 100)));
  EXPECT_EQ(Text(first), "0-10:1 10-11:2 11-50:1 50-120:2");
  EXPECT_EQ(Text(second), Text(first));
}

TEST(MemoryMapTest, OverlappingUsableLinesAreOne) {
  MemoryMap map;
  ASSERT_TRUE(map.AddUsable(Pages(5, 10)));
  ASSERT_TRUE(map.AddUsable(Pages(20, 25)));
  ASSERT_TRUE(map.AddUsable(Pages(1, 22)));
  ASSERT_TRUE(map.AddUsable(Pages(2, 3)));
  EXPECT_EQ(Text(map), "1-25:1");
}

TEST(MemoryMapTest, EndsOfTheAddressSpaceDoNotWrap) {
  MemoryMap map;
  ASSERT_TRUE(map.AddUsable({.base = ~uint64_t{0} - 10, .bytes = 100}));
  ASSERT_TRUE(map.AddUsable({.base = 0, .bytes = 0}));
  EXPECT_EQ(Text(map), "");
  ASSERT_TRUE(map.AddReserved({.base = kPage, .bytes = ~uint64_t{0}}));
  ASSERT_EQ(map.ranges().size(), 1u);
  EXPECT_EQ(map.ranges()[0].base, kPage);
  EXPECT_GT(map.ranges()[0].base + map.ranges()[0].bytes, map.ranges()[0].base);
  EXPECT_EQ(map.Allocate(~uint64_t{0} - 1, ~uint64_t{0}, dynamic::kHandoffLoader), 0u);
}

TEST(MemoryMapTest, ClaimTakesOnlyWhatIsUsable) {
  MemoryMap map;
  ASSERT_TRUE(map.AddUsable(Pages(0, 10)));
  ASSERT_TRUE(map.AddReserved(Pages(4, 6)));
  ASSERT_TRUE(map.Claim({.base = 2 * kPage + 7, .bytes = 6 * kPage}, dynamic::kHandoffArchive));
  EXPECT_EQ(Text(map), "0-2:1 2-4:6 4-6:2 6-9:6 9-10:1");
  ASSERT_TRUE(map.Claim(Pages(50, 60), dynamic::kHandoffArchive));  // nobody's: stays so
  EXPECT_EQ(Text(map), "0-2:1 2-4:6 4-6:2 6-9:6 9-10:1");
}

TEST(MemoryMapTest, AllocatesFromTheTopBelowTheLimit) {
  MemoryMap map;
  ASSERT_TRUE(map.AddUsable(Pages(0, 10)));
  ASSERT_TRUE(map.AddUsable(Pages(100, 110)));
  EXPECT_EQ(map.Allocate(2 * kPage, 105 * kPage, dynamic::kHandoffImage), 103 * kPage);
  EXPECT_EQ(map.Allocate(1, 105 * kPage, dynamic::kHandoffImage), 102 * kPage);
  EXPECT_EQ(Text(map), "0-10:1 100-102:1 102-105:5 105-110:1");
  EXPECT_EQ(map.Allocate(3 * kPage, 105 * kPage, dynamic::kHandoffLoader), 7 * kPage);
  map.Free(102 * kPage, 1);
  EXPECT_EQ(Text(map), "0-7:1 7-10:3 100-103:1 103-105:5 105-110:1");
}

TEST(MemoryMapTest, PageZeroIsNeverAllocated) {
  MemoryMap map;
  ASSERT_TRUE(map.AddUsable(Pages(0, 3)));
  EXPECT_EQ(map.Allocate(3 * kPage, ~uint64_t{0}, dynamic::kHandoffLoader), 0u);
  EXPECT_EQ(map.Allocate(2 * kPage, ~uint64_t{0}, dynamic::kHandoffLoader), kPage);
  EXPECT_EQ(map.Allocate(kPage, ~uint64_t{0}, dynamic::kHandoffLoader), 0u);
  EXPECT_EQ(map.Allocate(0, ~uint64_t{0}, dynamic::kHandoffLoader), 0u);
}

TEST(MemoryMapTest, AFullListRefusesAndStaysAsItWas) {
  MemoryMap map;
  for (uint64_t i = 0; i < MemoryMap::kCapacity; ++i) {
    ASSERT_TRUE(map.AddUsable(Pages(10 * i + 1, 10 * i + 4)));
  }
  const std::string before = Text(map);
  EXPECT_FALSE(map.AddUsable(Pages(10000, 10001)));
  EXPECT_FALSE(map.AddReserved(Pages(2, 3)));
  EXPECT_FALSE(map.Claim(Pages(2, 3), dynamic::kHandoffLoader));
  EXPECT_EQ(map.Allocate(kPage, ~uint64_t{0}, dynamic::kHandoffLoader), 0u);
  EXPECT_EQ(Text(map), before);
  // A whole range needs no further entry.
  EXPECT_EQ(map.Allocate(3 * kPage, ~uint64_t{0}, dynamic::kHandoffLoader), 631 * kPage);
}

}  // namespace
}  // namespace stand
