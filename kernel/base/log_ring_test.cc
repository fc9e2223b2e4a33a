// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/log_ring.h"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

class LogRingTest : public testing::Test {
 protected:
  void Append(const std::string& text, uint8_t level = 6) {
    ring_.Append(level, time_++, text.data(), text.size());
  }
  // "sequence:text" of the first record at or after `sequence`.
  std::string Read(uint64_t sequence, size_t capacity = 256) {
    char text[256];
    LogRing::Record record;
    if (!ring_.Read(sequence, &record, text, capacity)) return "none";
    return std::to_string(record.sequence) + ":" + std::string(text, record.bytes);
  }

  static constexpr size_t kBytes = 256;
  char storage_[kBytes];
  LogRing ring_{storage_, kBytes};
  uint64_t time_ = 100;
};

TEST_F(LogRingTest, AnEmptyRingHasNothing) {
  EXPECT_EQ(Read(0), "none");
  EXPECT_EQ(ring_.First(), 0u);
  EXPECT_EQ(ring_.Next(), 0u);
}

TEST_F(LogRingTest, RecordsKeepTextTimeAndLevel) {
  Append("first", 3);
  Append("second", 7);
  char text[16];
  LogRing::Record record;
  ASSERT_TRUE(ring_.Read(1, &record, text, sizeof text));
  EXPECT_EQ(record.sequence, 1u);
  EXPECT_EQ(record.time, 101u);
  EXPECT_EQ(record.level, 7);
  EXPECT_EQ(std::string(text, record.bytes), "second");
  EXPECT_EQ(Read(0), "0:first");
  EXPECT_EQ(Read(2), "none");
}

// 16 bytes of header and 40 of text: 4 records fit into 256 bytes.
TEST_F(LogRingTest, TheOldestMakeRoom) {
  for (int i = 0; i < 10; i++) Append(std::string(40, static_cast<char>('a' + i)));
  EXPECT_EQ(ring_.First(), 6u);
  EXPECT_EQ(ring_.Next(), 10u);
  EXPECT_EQ(Read(0), "6:" + std::string(40, 'g'));
  for (uint64_t i = 6; i < 10; i++) {
    EXPECT_EQ(Read(i), std::to_string(i) + ":" + std::string(40, static_cast<char>('a' + i)));
  }
}

// Records of many lengths cross the end of the storage at every offset.
TEST_F(LogRingTest, RecordsWrapAtEveryOffset) {
  for (size_t i = 0; i < 1000; i++) {
    std::string text(i % 57, static_cast<char>('a' + i % 26));
    Append(text);
    EXPECT_EQ(Read(i), std::to_string(i) + ":" + text);
    EXPECT_EQ(Read(i + 1), "none");
    ASSERT_NE(Read(ring_.First()), "none");
  }
}

TEST_F(LogRingTest, LongTextIsCutToAQuarter) {
  Append(std::string(500, 'x'));
  EXPECT_EQ(Read(0), "0:" + std::string(kBytes / 4, 'x'));
}

TEST_F(LogRingTest, AShortBufferGetsTheBeginning) {
  Append("hello world");
  EXPECT_EQ(Read(0, 5), "0:hello");
}

}  // namespace
}  // namespace base
