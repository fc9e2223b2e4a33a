// SPDX-License-Identifier: BSD-2-Clause
//
// The 8254 interval timer (Intel data sheet): counter 0 ticks, counter 2 measures the time stamp
// counter. The MC146818 clock tells the date.
#include "arch/contract/kernel/timer.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "arch/x86_64/kernel/registers.h"

namespace arch {

using namespace x86_64;

namespace {

constexpr uint64_t kHertz = 1193182;
constexpr uint16_t kCounter0 = 0x40;
constexpr uint16_t kCounter2 = 0x42;
constexpr uint16_t kControl = 0x43;
constexpr uint16_t kGate = 0x61;  // bit 0 gates counter 2, bit 1 is the speaker

constexpr uint8_t kLatchCounter2 = 0x80;
constexpr uint8_t kCounter2Mode0 = 0xb0;  // low byte then high byte, interrupt on terminal count
constexpr uint8_t kCounter0Mode2 = 0x34;  // low byte then high byte, rate generator
constexpr unsigned kTimerLine = 0;

constexpr uint32_t kFullCount = 0xffff;
// Shorter would measure the latency of reading the counter instead.
constexpr uint32_t kLeastCounts = kHertz / 1000;

constinit uint64_t measure_start = 0;
constinit uint64_t cycles_per_second = 0;
using TickHandler = void (*)();
constinit TickHandler tick_handler = nullptr;

struct Sample {
  uint32_t counts;
  uint64_t cycles;
};

Sample ReadCounter() {
  Out8(kControl, kLatchCounter2);
  uint64_t cycles = CycleCount();
  uint32_t low = In8(kCounter2);
  uint32_t high = In8(kCounter2);
  return {kFullCount - (high << 8 | low), cycles};
}

void OnTick(void*) { tick_handler(); }

uint8_t ReadClockRegister(uint8_t index) {
  Out8(0x70, index);
  return In8(0x71);
}

struct Date {
  unsigned second, minute, hour, day, month, year;
  bool operator==(const Date&) const = default;
};

Date ReadDate() {
  constexpr uint8_t kStatusA = 0x0a;
  constexpr uint8_t kUpdating = 0x80;
  while (ReadClockRegister(kStatusA) & kUpdating) {
  }
  return {ReadClockRegister(0), ReadClockRegister(2), ReadClockRegister(4),
          ReadClockRegister(7), ReadClockRegister(8), ReadClockRegister(9)};
}

unsigned FromBcd(unsigned value) { return (value >> 4) * 10 + (value & 15); }

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, with years that begin in
// March so that the leap day comes last.
uint64_t DaysSinceEpoch(unsigned year, unsigned month, unsigned day) {
  if (month <= 2) year--;
  unsigned era = year / 400;
  unsigned year_of_era = year % 400;
  unsigned month_from_march = (month + 9) % 12;
  unsigned day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  constexpr uint64_t kDaysBefore1970 = 719468;
  return uint64_t{era} * 146097 + day_of_era - kDaysBefore1970;
}

}  // namespace

void BeginMeasuringCycles() {
  constexpr uint8_t kSpeaker = 0x02;
  Out8(kGate, static_cast<uint8_t>((In8(kGate) & ~kSpeaker) | 1));
  Out8(kControl, kCounter2Mode0);
  Out8(kCounter2, kFullCount & 0xff);
  Out8(kCounter2, kFullCount >> 8);
  measure_start = CycleCount();
}

void MeasureCycles() {
  // The counter runs on below zero, so more than 54 ms since the begin cannot be told; then it is
  // begun again.
  Sample now = ReadCounter();
  Out8(kControl, 0xe8);  // read back the status of counter 2
  constexpr uint8_t kExpired = 0x80;
  if (In8(kCounter2) & kExpired) {
    BeginMeasuringCycles();
    now = ReadCounter();
  }
  while (now.counts < kLeastCounts) now = ReadCounter();
  cycles_per_second = (now.cycles - measure_start) * kHertz / now.counts;
}

uint64_t CyclesPerSecond() { return cycles_per_second; }

void StartTick(unsigned hertz, void (*tick)()) {
  tick_handler = tick;
  auto divisor = static_cast<uint16_t>(kHertz / hertz);
  Out8(kControl, kCounter0Mode2);
  Out8(kCounter0, static_cast<uint8_t>(divisor));
  Out8(kCounter0, static_cast<uint8_t>(divisor >> 8));
  SetInterruptHandler(kTimerLine, OnTick, nullptr);
}

uint64_t WallClockSeconds() {
  constexpr uint8_t kStatusB = 0x0b;
  constexpr uint8_t kBinary = 0x04;
  constexpr uint8_t k24Hours = 0x02;
  constexpr unsigned kAfternoon = 0x80;
  // Twice the same, so that no update came in between.
  Date date = ReadDate();
  for (Date again = ReadDate(); !(again == date); again = ReadDate()) date = again;
  uint8_t mode = ReadClockRegister(kStatusB);
  bool afternoon = !(mode & k24Hours) && (date.hour & kAfternoon);
  date.hour &= ~kAfternoon;
  if (!(mode & kBinary)) {
    date = {FromBcd(date.second), FromBcd(date.minute), FromBcd(date.hour),
            FromBcd(date.day),    FromBcd(date.month),  FromBcd(date.year)};
  }
  if (!(mode & k24Hours)) date.hour = date.hour % 12 + (afternoon ? 12 : 0);
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return 0;
  constexpr unsigned kCentury = 2000;
  uint64_t days = DaysSinceEpoch(kCentury + date.year, date.month, date.day);
  return ((days * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
}

}  // namespace arch
