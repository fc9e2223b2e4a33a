// SPDX-License-Identifier: BSD-2-Clause
//
// The generic timer's virtual half (Arm ARM, DDI 0487, D11), and the PL031 clock (ARM DDI 0224).
#include "arch/contract/kernel/timer.h"

#include "arch/aarch64/kernel/devices.h"
#include "arch/aarch64/kernel/registers.h"
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "kernel/base/panic.h"
#include "kernel/mm/frames.h"
#include "lib/devices/registers.h"

namespace arch {

using namespace aarch64;

namespace {

using TickHandler = void (*)();

constinit TickHandler tick_handler = nullptr;
constinit uint64_t tick_counts = 0;
constinit uint64_t next_tick = 0;

void OnTick(void*) {
  // The line stays up until the compare value lies ahead. Ticks that were missed are left out.
  next_tick += tick_counts;
  const uint64_t now = CycleCount();
  if (next_tick <= now) next_tick = now + tick_counts;
  AARCH64_WRITE(cntv_cval_el0, next_tick);
  Synchronise();  // the line is down before the controller hears of the end
  tick_handler();
}

}  // namespace

// The firmware has said what the rate is.
void BeginMeasuringCycles() {}
void MeasureCycles() {
  if (!CyclesPerSecond()) base::Panic("the firmware has not set CNTFRQ_EL0, the counter's rate");
}
uint64_t CyclesPerSecond() { return AARCH64_READ(cntfrq_el0); }

void StartTick(unsigned hertz, void (*tick)()) {
  constexpr uint64_t kEnabled = 1;
  const unsigned line = KnownDevices().timer_line;
  if (!line) base::Panic("no interrupt of an arm,armv8-timer in the device tree");
  tick_handler = tick;
  tick_counts = CyclesPerSecond() / hertz;
  next_tick = CycleCount() + tick_counts;
  AARCH64_WRITE(cntv_cval_el0, next_tick);
  AARCH64_WRITE(cntv_ctl_el0, kEnabled);
  SetInterruptHandler(line, OnTick, nullptr);
}

uint64_t WallClockSeconds() {
  constexpr unsigned kData = 0x000;
  if (!KnownDevices().clock) return 0;
  const devices::MemoryWordRegisters clock{
      reinterpret_cast<uintptr_t>(mm::DirectMap(KnownDevices().clock))};
  return clock.Read(kData);
}

}  // namespace arch
