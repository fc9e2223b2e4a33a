// SPDX-License-Identifier: BSD-2-Clause
//
// Measuring a counter while a host takes the CPU away, at every place where it may.
#include "lib/devices/i8254.h"

#include <cstdint>
#include <functional>

#include "gtest/gtest.h"

namespace devices {
namespace {

constexpr uint64_t kMs = 1'000'000;  // times are in ns
constexpr double kCyclesPerNs = 2.5;

// The time of a machine whose every access to a device takes as long as an exit to its host does,
// and in which `away` says how long the CPU is away before the access or reading number `events`.
struct Machine {
  static inline uint64_t now, events;
  static inline std::function<uint64_t(uint64_t event)> away;

  static void Begin(std::function<uint64_t(uint64_t)> absences) {
    now = 5 * kMs;
    events = 0;
    away = std::move(absences);
  }
  static void Pass(uint64_t time) { now += away(events++) + time; }
  static uint64_t Cycles() {
    Pass(10);
    return static_cast<uint64_t>(static_cast<double>(now) * kCyclesPerNs);
  }
};

// Counter 2 as the data sheet has it in mode 0: it counts from the pulse after the second byte was
// written, runs on below zero, and its output is high from zero on.
struct Timer {
  static inline uint16_t count;
  static inline uint64_t loaded_at;
  static inline bool loaded, second_byte;
  static inline int status;  // < 0: not latched
  static inline int latched;
  static inline bool second_read;

  static uint64_t Passed() { return (Machine::now - loaded_at) * 1193182 / 1'000'000'000; }
  static uint16_t Count() { return static_cast<uint16_t>(count - Passed()); }
  static bool IsLoading() { return Passed() == 0; }

  static uint8_t In8(uint16_t port) {
    Machine::Pass(600);
    if (port != 0x42) return 0;
    uint8_t value;
    if (status >= 0) {
      value = static_cast<uint8_t>(status);
      status = -1;
    } else {
      const int word = latched >= 0 ? latched : Count();
      value = static_cast<uint8_t>(second_read ? word >> 8 : word);
      if (second_read) latched = -1;
      second_read = !second_read;
    }
    Machine::now += 600;
    return value;
  }

  static void Out8(uint16_t port, uint8_t value) {
    Machine::Pass(600);
    if (port == 0x43) {
      Control(value);
    } else if (port == 0x42) {
      count = static_cast<uint16_t>(second_byte ? count | value << 8 : value);
      loaded = second_byte;
      if (loaded) loaded_at = Machine::now;
      second_byte = !second_byte;
    }
    Machine::now += 600;
  }
  static void Out16(uint16_t, uint16_t) {}

  static void Control(uint8_t value) {
    if (value == 0xb0) {
      loaded = second_byte = second_read = false;
      status = latched = -1;
      return;
    }
    const bool read_back = (value & 0xc8) == 0xc8;
    ASSERT_TRUE(read_back || value == 0x80) << int{value};
    ASSERT_TRUE(loaded);
    // Before the pulse it has the count of before, of which nobody knows anything.
    if (latched < 0 && !(read_back && (value & 0x20))) latched = IsLoading() ? 0x1234 : Count();
    if (!read_back || (value & 0x10)) return;
    status = 0x30 | (Passed() >= count ? 0x80 : 0) | (IsLoading() ? 0x40 : 0);
  }
};

using Absences = std::function<uint64_t(uint64_t event)>;

// What is measured, `pause` after the begin.
double Measured(uint64_t pause, Absences absences) {
  Machine::Begin(std::move(absences));
  I8254<Timer> timer;
  timer.BeginMeasuring(Machine::Cycles);
  Machine::now += pause;
  return static_cast<double>(timer.Measure(Machine::Cycles)) / (kCyclesPerNs * 1e9);
}

constexpr double kTolerance = 0.008;  // of 1
const Absences kNever = [](uint64_t) { return uint64_t{0}; };

TEST(I8254, MeasuresACounter) {
  for (const uint64_t pause : {uint64_t{0}, kMs / 2, 3 * kMs, 50 * kMs}) {
    EXPECT_NEAR(Measured(pause, kNever), 1, kTolerance) << pause;
  }
}

TEST(I8254, BeginsAgainWhenTheTimerHasRunOut) {
  for (const uint64_t pause : {54 * kMs, 55 * kMs, 100 * kMs, 110 * kMs, 1000 * kMs}) {
    EXPECT_NEAR(Measured(pause, kNever), 1, kTolerance) << pause;
  }
}

// Long enough to spoil a millisecond, to reach zero from any place, and to go round once.
TEST(I8254, OneAbsenceAtAnyPlaceIsNoHarm) {
  for (const uint64_t pause : {uint64_t{0}, 3 * kMs}) {
    (void)Measured(pause, kNever);
    const uint64_t events = Machine::events;
    for (const uint64_t absence : {kMs / 5, 5 * kMs, 53 * kMs, 56 * kMs, 120 * kMs}) {
      for (uint64_t place = 0; place < events; ++place) {
        const auto once = [=](uint64_t event) { return event == place ? absence : 0; };
        EXPECT_NEAR(Measured(pause, once), 1, kTolerance)
            << absence / 1000 << " us before event " << place << ", pause " << pause;
      }
    }
  }
}

// All readings of the begin are poor: then time must go on for longer.
TEST(I8254, WhatIsPoorlyKnownIsMeasuredForLonger) {
  for (const uint64_t absence : {kMs / 20, kMs / 5, 2 * kMs}) {
    const auto at_first = [=](uint64_t event) { return event < 40 ? absence : 0; };
    EXPECT_NEAR(Measured(0, at_first), 1, kTolerance) << absence;
  }
}

TEST(I8254, AbsencesThatComeAgainAndAgainAreNoHarm) {
  for (const uint64_t step : {7, 30, 101}) {
    for (const uint64_t absence : {kMs / 5, 5 * kMs}) {
      const auto again = [=](uint64_t event) { return event % step == step - 1 ? absence : 0; };
      EXPECT_NEAR(Measured(0, again), 1, kTolerance) << absence << " every " << step;
    }
  }
}

// As a quota does it.
TEST(I8254, SlicesOfTimeAreEnough) {
  for (const uint64_t slice : {3 * kMs, 7 * kMs}) {
    for (const uint64_t absence : {kMs, 56 * kMs, 120 * kMs}) {
      uint64_t until = 0;
      const auto throttled = [=](uint64_t event) mutable {
        if (event == 0) until = Machine::now + slice;
        if (Machine::now < until) return uint64_t{0};
        until = Machine::now + absence + slice;
        return absence;
      };
      EXPECT_NEAR(Measured(0, throttled), 1, kTolerance) << absence << " after each " << slice;
    }
  }
}

// A clock that is wrong, but a boot that goes on.
TEST(I8254, EndsEvenIfTheCpuIsNeverThere) {
  for (const uint64_t absence : {kMs / 2, 60 * kMs}) {
    EXPECT_GT(Measured(0, [=](uint64_t) { return absence; }), 0) << absence;
    EXPECT_LT(Machine::events, 10000u);
  }
}

}  // namespace
}  // namespace devices
