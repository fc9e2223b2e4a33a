// SPDX-License-Identifier: BSD-2-Clause
//
// The battery clock of a PC (Motorola MC146818 data sheet), which keeps UTC.
#pragma once

#include <cstdint>

#include "lib/devices/registers.h"

namespace devices {

template <Ports P>
class Mc146818 {
 public:
  // Seconds since 1970; 0 when the clock holds no date.
  static uint64_t Seconds() {
    constexpr uint8_t kStatusB = 0x0b;
    constexpr uint8_t kBinary = 0x04;
    constexpr uint8_t k24Hours = 0x02;
    constexpr unsigned kAfternoon = 0x80;
    // Twice the same, so that no update came in between.
    Date date = ReadDate();
    for (Date again = ReadDate(); !(again == date); again = ReadDate()) date = again;
    const uint8_t mode = Read(kStatusB);
    const bool afternoon = (mode & k24Hours) == 0 && (date.hour & kAfternoon) != 0;
    date.hour &= ~kAfternoon;
    if ((mode & kBinary) == 0) {
      date = {FromBcd(date.second), FromBcd(date.minute), FromBcd(date.hour),
              FromBcd(date.day),    FromBcd(date.month),  FromBcd(date.year)};
    }
    if ((mode & k24Hours) == 0) date.hour = date.hour % 12 + (afternoon ? 12 : 0);
    if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return 0;
    constexpr unsigned kCentury = 2000;
    const uint64_t days = DaysSinceEpoch(kCentury + date.year, date.month, date.day);
    return ((days * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
  }

 private:
  struct Date {
    unsigned second, minute, hour, day, month, year;
    bool operator==(const Date&) const = default;
  };

  static uint8_t Read(uint8_t index) {
    constexpr uint16_t kIndex = 0x70;
    constexpr uint16_t kData = 0x71;
    P::Out8(kIndex, index);
    return P::In8(kData);
  }

  static Date ReadDate() {
    constexpr uint8_t kStatusA = 0x0a;
    constexpr uint8_t kUpdating = 0x80;
    while ((Read(kStatusA) & kUpdating) != 0) {
    }
    return {Read(0), Read(2), Read(4), Read(7), Read(8), Read(9)};
  }

  static constexpr unsigned FromBcd(unsigned value) { return (value >> 4) * 10 + (value & 15); }

  // Days since 1970-01-01 of a date of the proleptic Gregorian calendar, with years that begin in
  // March so that the leap day comes last.
  static constexpr uint64_t DaysSinceEpoch(unsigned year, unsigned month, unsigned day) {
    if (month <= 2) year--;
    const unsigned era = year / 400;
    const unsigned year_of_era = year % 400;
    const unsigned month_from_march = (month + 9) % 12;
    const unsigned day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    constexpr uint64_t kDaysBefore1970 = 719468;
    return uint64_t{era} * 146097 + day_of_era - kDaysBefore1970;
  }
};

}  // namespace devices
