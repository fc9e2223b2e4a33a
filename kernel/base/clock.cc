// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/clock.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/timer.h"

namespace base {
namespace {

uint64_t start_cycles;

}  // namespace

void StartClock() { start_cycles = arch::CycleCount(); }

uint64_t ClockStartCycles() { return start_cycles; }

uint64_t CyclesToNs(uint64_t cycles) {
  uint64_t rate = arch::CyclesPerSecond();
  if (!rate) return 0;
  // Whole seconds apart, so that nothing overflows in 500 years and no 128-bit division is needed.
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  uint64_t seconds = cycles / rate;
  uint64_t rest = cycles % rate;
  // rest < rate < 2^34 (16 GHz), so rest * 10^9 < 2^64.
  return seconds * kNsPerSecond + rest * kNsPerSecond / rate;
}

uint64_t NowNs() { return CyclesToNs(arch::CycleCount() - start_cycles); }

}  // namespace base
