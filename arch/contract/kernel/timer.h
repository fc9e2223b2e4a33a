// SPDX-License-Identifier: BSD-2-Clause
//
// Time: the rate of CycleCount and a periodic interrupt.
#pragma once

#include <cstdint>

namespace arch {

// Begins to measure the rate of CycleCount against a clock of known rate; MeasureCycles ends it,
// waiting only if less than about a millisecond has passed between. So the work of booting in
// between costs no extra time.
void BeginMeasuringCycles();
void MeasureCycles();
uint64_t CyclesPerSecond();

// Calls `tick` in interrupt context `hertz` times a second from now on.
void StartTick(unsigned hertz, void (*tick)());

// Seconds since 1970 by the battery clock; 0 when there is none.
uint64_t WallClockSeconds();

}  // namespace arch
