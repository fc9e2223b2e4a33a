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
    start_ = Read(counter);
  }

  // What `counter` counts in a second. A virtual machine's host may take the CPU away at any place and
  // for any time. So a moment is only as good as the readings of the counter around it are close, and
  // time goes on until what is not known is a small part of it. The timer runs on below zero, so more
  // than 54 ms since the begin cannot be told; then it is begun again.
  uint64_t Measure(Counter counter) {
    Span best;
    unsigned begins = 0;
    do {
      const Sample now = Read(counter);
      if (!start_.good || !now.good) {
        BeginMeasuring(counter);
        ++begins;
        continue;
      }
      const Span span = SpanTo(now);
      if (span.counts >= kLeastCounts && span.IsSharperThan(best)) best = span;
    } while (!best.IsSharp() && begins < kMostBegins);
    // Whose host never lets go gets what there is.
    if (best.counts == 0) best = SpanTo(Read(counter));
    return best.cycles * kHertz / (best.counts != 0 ? best.counts : 1);
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

  static constexpr uint8_t kReadBackCounter2 = 0xc8;  // latch its status and its count
  static constexpr uint8_t kCounter2Mode0 =
      0xb0;  // low byte then high, interrupt on terminal count
  static constexpr uint8_t kCounter0Mode2 = 0x34;  // low byte then high, rate generator
  static constexpr uint8_t kExpired = 0x80;        // of the status: the output is high
  static constexpr uint8_t kNotLoaded = 0x40;      // the count is still the one before

  static constexpr uint32_t kFullCount = 0xffff;
  // Shorter would measure the latency of reading the timer instead.
  static constexpr uint32_t kLeastCounts = kHertz / 1000;
  static constexpr unsigned kPrecision = 128;  // what is unknown is at most such a part
  static constexpr unsigned kReads = 4;
  static constexpr unsigned kMostBegins = 32;

  // What the timer had counted at a moment between two readings of the counter.
  struct Sample {
    bool good = false;
    uint32_t counts = 0;
    uint64_t before = 0, after = 0;

    uint64_t Width() const { return after - before; }
    uint64_t Middle() const { return before + Width() / 2; }
  };

  // From the begin to a moment.
  struct Span {
    uint32_t counts = 0;
    uint64_t cycles = 0;
    uint64_t unknown = 1;  // of the cycles

    bool IsSharp() const { return unknown * kPrecision <= cycles; }
    bool IsSharperThan(const Span& other) const {
      return unknown * other.cycles < other.unknown * cycles;
    }
  };

  Span SpanTo(const Sample& now) const {
    return {(now.counts - start_.counts) & kFullCount, now.Middle() - start_.Middle(),
            start_.Width() + now.Width()};
  }

  // The status is latched after the count, so that a count is not that of a timer that has run out
  // meanwhile.
  static Sample ReadOnce(Counter counter) {
    Sample sample;
    sample.before = counter();
    P::Out8(kControl, kReadBackCounter2);
    sample.after = counter();
    const uint8_t status = P::In8(kCounter2);
    const uint32_t low = P::In8(kCounter2);
    const uint32_t high = P::In8(kCounter2);
    sample.counts = kFullCount - (high << 8 | low);
    sample.good = (status & (kExpired | kNotLoaded)) == 0;
    return sample;
  }

  // The closest of some.
  static Sample Read(Counter counter) {
    Sample best = ReadOnce(counter);
    for (unsigned i = 1; i < kReads; ++i) {
      const Sample other = ReadOnce(counter);
      if (other.good && (!best.good || other.Width() < best.Width())) best = other;
    }
    return best;
  }

  Sample start_;
};

}  // namespace devices
