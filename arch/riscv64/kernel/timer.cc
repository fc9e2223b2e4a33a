// SPDX-License-Identifier: BSD-2-Clause
//
// The `time` counter, whose rate the device tree tells; the SBI's timer, which interrupts once; the
// goldfish clock (Android's goldfish virtual hardware specification) for the date.
#include "arch/contract/kernel/timer.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/riscv64/kernel/interrupts.h"
#include "arch/riscv64/kernel/machine.h"
#include "arch/riscv64/kernel/registers.h"
#include "kernel/base/panic.h"

namespace arch {

using namespace riscv64;

namespace {

using TickHandler = void (*)();
constinit TickHandler tick_handler = nullptr;
constinit uint64_t interval = 0;
constinit uint64_t next_tick = 0;

void SetTimer(uint64_t when) { SbiCall(kSbiTimer, 0, when, 0); }

}  // namespace

namespace riscv64 {

void HandleTimerInterrupt() {
  // Ticks that were missed altogether are not made up for.
  const uint64_t now = CycleCount();
  next_tick += interval;
  if (next_tick <= now) next_tick = now + interval;
  SetTimer(next_tick);  // also takes the request back
  tick_handler();
}

}  // namespace riscv64

// The rate is known.
void BeginMeasuringCycles() {}
void MeasureCycles() {
  if (!TheMachine().ticks_per_second) base::Panic("the device tree has no timebase-frequency");
}
uint64_t CyclesPerSecond() { return TheMachine().ticks_per_second; }

void StartTick(unsigned hertz, void (*tick)()) {
  tick_handler = tick;
  interval = CyclesPerSecond() / hertz;
  next_tick = CycleCount() + interval;
  SetTimer(next_tick);
  SetInterruptEnable(uint64_t{1} << kTimerInterrupt);
}

uint64_t WallClockSeconds() {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  if (!TheMachine().clock) return 0;
  const auto* words = reinterpret_cast<const volatile uint32_t*>(TheMachine().clock);
  // Reading the low word latches the high one.
  const uint64_t low = words[0];
  const uint64_t high = words[1];
  return (high << 32 | low) / kNsPerSecond;
}

}  // namespace arch
