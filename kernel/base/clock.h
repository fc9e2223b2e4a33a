// SPDX-License-Identifier: BSD-2-Clause
//
// Monotonic time from the CPU's cycle counter. Any context.
#pragma once

#include <cstdint>

namespace base {

// The moment that is 0.
void StartClock();
// Nanoseconds since then; 0 until the counter's rate has been measured.
uint64_t NowNs();
// A difference of two counter values; 0 until the rate has been measured.
uint64_t CyclesToNs(uint64_t cycles);
// The counter's value when the clock started.
uint64_t ClockStartCycles();

}  // namespace base
