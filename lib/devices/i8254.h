// SPDX-License-Identifier: BSD-2-Clause
//
// The 8254 interval timer of a PC (Intel data sheet): counter 0 ticks on line 0, counter 2 measures
// the rate of a free-running counter of the CPU.
#pragma once

#include <cstdint>

#include "lib/devices/registers.h"

namespace devices {

template <Ports P>
class I8254 {
 public:
  static constexpr unsigned kLine = 0;
  using Counter = uint64_t (*)();

  void BeginMeasuring(Counter counter) {
    constexpr uint8_t kSpeaker = 0x02;
    P::Out8(kGate, static_cast<uint8_t>((P::In8(kGate) & ~kSpeaker) | 1));
    P::Out8(kControl, kCounter2Mode0);
    P::Out8(kCounter2, kFullCount & 0xff);
    P::Out8(kCounter2, kFullCount >> 8);
    start_ = counter();
  }

  // What `counter` counts in a second.
  uint64_t Measure(Counter counter) {
    // The timer runs on below zero, so more than 54 ms since the begin cannot be told; then it is
    // begun again.
    Sample now = Read(counter);
    P::Out8(kControl, 0xe8);  // read back the status of counter 2
    constexpr uint8_t kExpired = 0x80;
    if ((P::In8(kCounter2) & kExpired) != 0) {
      BeginMeasuring(counter);
      now = Read(counter);
    }
    while (now.counts < kLeastCounts) now = Read(counter);
    return (now.count - start_) * kHertz / now.counts;
  }

  static void StartTick(unsigned hertz) {
    const auto divisor = static_cast<uint16_t>(kHertz / hertz);
    P::Out8(kControl, kCounter0Mode2);
    P::Out8(kCounter0, static_cast<uint8_t>(divisor));
    P::Out8(kCounter0, static_cast<uint8_t>(divisor >> 8));
  }

 private:
  static constexpr uint64_t kHertz = 1193182;
  static constexpr uint16_t kCounter0 = 0x40;
  static constexpr uint16_t kCounter2 = 0x42;
  static constexpr uint16_t kControl = 0x43;
  static constexpr uint16_t kGate = 0x61;  // bit 0 gates counter 2, bit 1 is the speaker

  static constexpr uint8_t kLatchCounter2 = 0x80;
  static constexpr uint8_t kCounter2Mode0 =
      0xb0;  // low byte then high, interrupt on terminal count
  static constexpr uint8_t kCounter0Mode2 = 0x34;  // low byte then high, rate generator

  static constexpr uint32_t kFullCount = 0xffff;
  // Shorter would measure the latency of reading the timer instead.
  static constexpr uint32_t kLeastCounts = kHertz / 1000;

  struct Sample {
    uint32_t counts;
    uint64_t count;
  };

  static Sample Read(Counter counter) {
    P::Out8(kControl, kLatchCounter2);
    const uint64_t count = counter();
    const uint32_t low = P::In8(kCounter2);
    const uint32_t high = P::In8(kCounter2);
    return {kFullCount - (high << 8 | low), count};
  }

  uint64_t start_ = 0;
};

}  // namespace devices
