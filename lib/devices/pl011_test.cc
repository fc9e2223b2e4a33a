// SPDX-License-Identifier: BSD-2-Clause
#include "lib/devices/pl011.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace devices {
namespace {

// What the manual says of the registers in use: a transmitter that is full and busy for `busy_reads`
// reads of the flags, a receiver with `input` waiting.
struct FakeUart {
  static constexpr unsigned kData = 0x00, kFlags = 0x18, kControl = 0x30;

  uint32_t Read(unsigned offset) {
    if (offset == kFlags) {
      const bool busy = busy_reads > 0;
      if (busy) --busy_reads;
      return (busy ? 0x28u : 0u) | (input.empty() ? 0x10u : 0u);
    }
    EXPECT_EQ(offset, kData);
    EXPECT_FALSE(input.empty()) << "read without data";
    const char c = input.front();
    input.pop_front();
    return static_cast<uint8_t>(c);
  }

  void Write(unsigned offset, uint32_t value) {
    EXPECT_TRUE(offset != kControl || busy_reads == 0) << "a byte is cut off";
    if (offset != kData) {
      writes.emplace_back(offset, value);
      return;
    }
    EXPECT_EQ(busy_reads, 0u) << "a byte is lost";
    output += static_cast<char>(value);
  }

  unsigned busy_reads = 0;
  std::deque<char> input;
  std::string output;
  std::vector<std::pair<unsigned, uint32_t>> writes;
};

struct Registers {
  FakeUart* uart;
  uint32_t Read(unsigned offset) const { return uart->Read(offset); }
  void Write(unsigned offset, uint32_t value) const { uart->Write(offset, value); }
};

class Pl011Test : public ::testing::Test {
 protected:
  using Writes = std::vector<std::pair<unsigned, uint32_t>>;
  FakeUart fake_;
  Pl011<Registers> uart_{Registers{&fake_}};
};

TEST_F(Pl011Test, InitSetsTheFormatWhileTheUartIsOff) {
  fake_.busy_reads = 3;
  uart_.Init();
  EXPECT_EQ(fake_.writes,
            (Writes{{0x38, 0}, {0x44, 0x7ff}, {0x30, 0}, {0x2c, 0x70}, {0x30, 0x301}}));
}

TEST_F(Pl011Test, ANewlineIsPrecededByACarriageReturn) {
  uart_.Write("a\nb\n", 4);
  EXPECT_EQ(fake_.output, "a\r\nb\r\n");
}

TEST_F(Pl011Test, WaitsForRoom) {
  fake_.busy_reads = 5;
  uart_.Write("xy", 2);
  EXPECT_EQ(fake_.output, "xy");
}

TEST_F(Pl011Test, DrainsInputInRunsOfAFifo) {
  const std::string text = "twenty-one characters";
  fake_.input.assign(text.begin(), text.end());
  std::vector<std::string> runs;
  uart_.DrainInput([&](const char* bytes, size_t count) { runs.emplace_back(bytes, count); });
  EXPECT_EQ(runs, (std::vector<std::string>{"twenty-one chara", "cters"}));
}

TEST_F(Pl011Test, NoInputMeansNoCall) {
  uart_.DrainInput([](const char*, size_t) { FAIL(); });
}

TEST_F(Pl011Test, EnablesTheReceiveInterruptsOnly) {
  uart_.EnableReceiveInterrupt();
  EXPECT_EQ(fake_.writes, (Writes{{0x38, 0x50}}));
}

}  // namespace
}  // namespace devices
