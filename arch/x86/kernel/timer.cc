// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/timer.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "arch/current/kernel/registers.h"
#include "lib/devices/i8254.h"
#include "lib/devices/mc146818.h"

namespace arch {

using namespace x86;

namespace {

using Timer = devices::I8254<IoPorts>;
constinit Timer timer;
constinit uint64_t cycles_per_second = 0;
using TickHandler = void (*)();
constinit TickHandler tick_handler = nullptr;

void OnTick(void*) { tick_handler(); }

}  // namespace

void BeginMeasuringCycles() { timer.BeginMeasuring(CycleCount); }

void MeasureCycles() { cycles_per_second = timer.Measure(CycleCount); }

uint64_t CyclesPerSecond() { return cycles_per_second; }

void StartTick(unsigned hertz, void (*tick)()) {
  tick_handler = tick;
  Timer::StartTick(hertz);
  SetInterruptHandler(Timer::kLine, OnTick, nullptr);
}

uint64_t WallClockSeconds() { return devices::Mc146818<IoPorts>::Seconds(); }

}  // namespace arch
