// SPDX-License-Identifier: BSD-2-Clause
#include "lib/devices/pc.h"

#include <map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/devices/i8254.h"
#include "lib/devices/i8259.h"
#include "lib/devices/mc146818.h"

namespace devices {
namespace {

// A bus that remembers what is written and answers what a test wants.
struct Bus {
  static inline std::vector<std::pair<unsigned, unsigned>> writes;
  static inline uint8_t (*read)(uint16_t port) = nullptr;
  static uint8_t In8(uint16_t port) { return read(port); }
  static void Out8(uint16_t port, uint8_t value) { writes.emplace_back(port, value); }
  static void Out16(uint16_t port, uint16_t value) { writes.emplace_back(port, value); }
  static std::vector<std::pair<unsigned, unsigned>> Take() { return std::exchange(writes, {}); }
};
using Writes = std::vector<std::pair<unsigned, unsigned>>;

class PcTest : public ::testing::Test {
 protected:
  PcTest() { Bus::writes.clear(); }
};

TEST_F(PcTest, EndsWithTheStatus) {
  Pc<Bus>::PowerOff(7);
  EXPECT_EQ(Bus::Take(), (Writes{{0xe9, 7}, {0x604, 0x2000}}));
}

TEST_F(PcTest, InterruptLinesAreMaskedUntilTheyHaveAHandler) {
  I8259Pair<Bus> controllers;
  controllers.Init(32);
  const Writes init = Bus::Take();
  ASSERT_EQ(init.size(), 10u);
  EXPECT_EQ(init[2], (std::pair<unsigned, unsigned>{0x21, 32}));
  EXPECT_EQ(init[3], (std::pair<unsigned, unsigned>{0xa1, 40}));
  EXPECT_EQ(init[8], (std::pair<unsigned, unsigned>{0x21, 0xfb})) << "the cascade alone";
  int calls = 0;
  const auto count = [](void* context) { ++*static_cast<int*>(context); };
  EXPECT_TRUE(controllers.Set(9, count, &calls));
  EXPECT_EQ(Bus::Take(), (Writes{{0x21, 0xfb}, {0xa1, 0xfd}}));
  EXPECT_FALSE(controllers.Set(9, count, &calls)) << "one handler a line";
  EXPECT_FALSE(controllers.Set(2, count, &calls)) << "the cascade";
  EXPECT_FALSE(controllers.Set(16, count, &calls));
  controllers.Handle(9);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Bus::Take(), (Writes{{0xa0, 0x20}, {0x20, 0x20}})) << "both are told of its end";
  EXPECT_TRUE(controllers.Remove(9));
  EXPECT_FALSE(controllers.Remove(9));
}

TEST_F(PcTest, ASpuriousInterruptIsNotAcknowledged) {
  I8259Pair<Bus> controllers;
  controllers.Init(32);
  int calls = 0;
  EXPECT_TRUE(controllers.Set(
      7, [](void* context) { ++*static_cast<int*>(context); }, &calls));
  Bus::Take();
  Bus::read = [](uint16_t) { return uint8_t{0}; };  // nothing in service
  controllers.Handle(7);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(Bus::Take(), (Writes{{0x20, 0x0b}}));
  Bus::read = [](uint16_t) { return uint8_t{0x80}; };
  controllers.Handle(7);
  EXPECT_EQ(calls, 1);
}

TEST_F(PcTest, TheTimerTicks) {
  I8254<Bus>::StartTick(100);
  EXPECT_EQ(Bus::Take(), (Writes{{0x43, 0x34}, {0x40, 11931 & 0xff}, {0x40, 11931 >> 8}}));
}

class ClockTest : public ::testing::Test {
 protected:
  // Registers 0, 2, 4, 7, 8, 9 and the two status registers.
  static uint64_t SecondsOf(std::map<unsigned, uint8_t> registers) {
    static std::map<unsigned, uint8_t> now;
    now = std::move(registers);
    Bus::read = [](uint16_t port) -> uint8_t {
      EXPECT_EQ(port, 0x71);
      return now[Bus::writes.back().second];
    };
    return Mc146818<Bus>::Seconds();
  }
};

TEST_F(ClockTest, ReadsDecimalDigits) {
  // 2026-11-28 06:30:15
  EXPECT_EQ(SecondsOf({{0, 0x15}, {2, 0x30}, {4, 0x06}, {7, 0x28}, {8, 0x11}, {9, 0x26}, {11, 2}}),
            1795847415u);
}

TEST_F(ClockTest, ReadsBinaryAndTwelveHours) {
  // The same moment's afternoon, 18:30:15.
  EXPECT_EQ(SecondsOf({{0, 15}, {2, 30}, {4, 6 | 0x80}, {7, 28}, {8, 11}, {9, 26}, {11, 4}}),
            1795847415u + 12 * 3600);
}

TEST_F(ClockTest, KnowsLeapDaysAndRefusesNoDate) {
  EXPECT_EQ(SecondsOf({{0, 0}, {2, 0}, {4, 0}, {7, 29}, {8, 2}, {9, 24}, {11, 6}}), 1709164800u);
  EXPECT_EQ(SecondsOf({{0, 0}, {2, 0}, {4, 0}, {7, 0}, {8, 0}, {9, 0}, {11, 6}}), 0u);
}

}  // namespace
}  // namespace devices
