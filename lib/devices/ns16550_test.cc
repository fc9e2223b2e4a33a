// SPDX-License-Identifier: BSD-2-Clause
#include "lib/devices/ns16550.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace devices {
namespace {

// What the data sheet says of the registers in use: a transmitter that is empty again after
// `busy_reads` reads of the line status, a receiver with `input` waiting.
struct FakeUart {
  static constexpr unsigned kData = 0, kLineControl = 3, kLineStatus = 5;

  bool DivisorAccess() const { return (control & 0x80) != 0; }

  uint8_t Read(unsigned index) {
    if (index == kLineStatus) {
      ++status_reads;
      if (busy_reads > 0) --busy_reads;
      if (busy_reads == 0) in_fifo = 0;
      return static_cast<uint8_t>((in_fifo == 0 ? 0x20 : 0) | (input.empty() ? 0 : 0x01));
    }
    EXPECT_EQ(index, kData);
    EXPECT_FALSE(input.empty()) << "read without data";
    const char c = input.front();
    input.pop_front();
    return static_cast<uint8_t>(c);
  }

  void Write(unsigned index, uint8_t value) {
    if (index == kLineControl) control = value;
    if (index == kData && !DivisorAccess()) {
      EXPECT_LT(in_fifo, 16u) << "a byte is lost";
      ++in_fifo;
      output += static_cast<char>(value);
      return;
    }
    writes.emplace_back(index | (DivisorAccess() && index < 2 ? 0x10 : 0), value);
  }

  uint8_t control = 0x03;
  unsigned in_fifo = 0, busy_reads = 0, status_reads = 0;
  std::deque<char> input;
  std::string output;
  std::vector<std::pair<unsigned, unsigned>> writes;
};

struct Registers {
  FakeUart* uart;
  uint8_t Read(unsigned index) const { return uart->Read(index); }
  void Write(unsigned index, uint8_t value) const { uart->Write(index, value); }
};

class Ns16550Test : public ::testing::Test {
 protected:
  FakeUart fake_;
  Ns16550<Registers> uart_{Registers{&fake_}};
};

TEST_F(Ns16550Test, InitSetsRateFormatAndFifosWithInterruptsOff) {
  uart_.Init(0x0102);
  const std::vector<std::pair<unsigned, unsigned>> kWant = {
      {1, 0}, {3, 0x80}, {0x10, 0x02}, {0x11, 0x01}, {3, 0x03}, {2, 0x07}, {4, 0x0b}};
  EXPECT_EQ(fake_.writes, kWant);
  EXPECT_EQ(fake_.output, "");
}

TEST_F(Ns16550Test, ANewlineIsPrecededByACarriageReturn) {
  uart_.Write("a\nb\n", 4);
  EXPECT_EQ(fake_.output, "a\r\nb\r\n");
}

TEST_F(Ns16550Test, WaitsForRoomOnceAFifo) {
  const std::string text(33, 'x');
  uart_.Write(text.data(), 16);
  EXPECT_EQ(fake_.status_reads, 1u);
  fake_.busy_reads = 5;
  uart_.Write(text.data() + 16, 17);
  EXPECT_EQ(fake_.output, text);
  EXPECT_EQ(fake_.status_reads, 1u + 5u + 1u);
}

TEST_F(Ns16550Test, InitForgetsTheRoomThatWasLeft) {
  uart_.WriteByte('a');
  uart_.Init(1);
  fake_.busy_reads = 3;
  uart_.WriteByte('b');
  EXPECT_EQ(fake_.status_reads, 4u);
}

TEST_F(Ns16550Test, DrainsInputInRunsOfAFifo) {
  const std::string text = "twenty-one characters";
  fake_.input.assign(text.begin(), text.end());
  std::vector<std::string> runs;
  uart_.DrainInput([&](const char* bytes, size_t count) { runs.emplace_back(bytes, count); });
  EXPECT_EQ(runs, (std::vector<std::string>{"twenty-one chara", "cters"}));
}

TEST_F(Ns16550Test, DrainsWhatArrivesMeanwhile) {
  fake_.input = {'a'};
  std::string all;
  uart_.DrainInput([&](const char* bytes, size_t count) {
    all.append(bytes, count);
    if (all.size() < 3) fake_.input.push_back(static_cast<char>(bytes[0] + 1));
  });
  EXPECT_EQ(all, "abc");
}

TEST_F(Ns16550Test, NoInputMeansNoCall) {
  uart_.DrainInput([](const char*, size_t) { FAIL(); });
}

TEST_F(Ns16550Test, EnablesTheReceiveInterruptOnly) {
  uart_.EnableReceiveInterrupt();
  EXPECT_EQ(fake_.writes, (std::vector<std::pair<unsigned, unsigned>>{{1, 1}}));
}

TEST(MemoryRegistersTest, AreAStrideApart) {
  uint8_t memory[32] = {};
  const MemoryRegisters bytes{reinterpret_cast<uintptr_t>(memory), 0};
  const MemoryRegisters words{reinterpret_cast<uintptr_t>(memory), 2};
  bytes.Write(5, 0x55);
  words.Write(5, 0x77);
  EXPECT_EQ(memory[5], 0x55);
  EXPECT_EQ(memory[20], 0x77);
  EXPECT_EQ(bytes.Read(20), 0x77);
  EXPECT_EQ(words.Read(5), 0x77);
}

struct FakePorts {
  static inline std::vector<std::pair<unsigned, unsigned>> writes;
  static uint8_t In8(uint16_t port) { return static_cast<uint8_t>(port); }
  static void Out8(uint16_t port, uint8_t value) { writes.emplace_back(port, value); }
  static void Out16(uint16_t port, uint16_t value) { writes.emplace_back(port, value); }
};

TEST(PortRegistersTest, AreConsecutivePorts) {
  const PortRegisters<FakePorts, 0x3f8> ports;
  ports.Write(3, 0x80);
  EXPECT_EQ(FakePorts::writes, (std::vector<std::pair<unsigned, unsigned>>{{0x3fb, 0x80}}));
  EXPECT_EQ(ports.Read(5), 0xfd);
}

}  // namespace
}  // namespace devices
