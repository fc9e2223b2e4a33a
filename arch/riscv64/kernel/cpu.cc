// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"

#include "arch/riscv64/kernel/cpu_state.h"
#include "arch/riscv64/kernel/interrupts.h"
#include "arch/riscv64/kernel/machine.h"
#include "arch/riscv64/kernel/registers.h"
#include "arch/riscv64/kernel/vector_state.h"

extern "C" void riscv64_trap_entry();

namespace arch {

using namespace riscv64;

namespace riscv64 {

constinit CpuState cpu_state = {};

}  // namespace riscv64

void InitCpu() {
  DisableInterrupts();
  WriteInterruptEnable(0);
  WriteScratch(reinterpret_cast<uint64_t>(&cpu_state));
  WriteTrapVector(reinterpret_cast<uint64_t>(&riscv64_trap_entry));
  // Supervisor mode neither reads nor writes user pages, nor executes them whatever is set; what may
  // be executed only, it does not read.
  ClearStatus(kStatusUserMemory | kStatusExecutableReadable | kStatusFloat | kStatusVector);
  // As Linux has it: user mode reads the counters.
  WriteCounterEnable(kCounters);
  InitVectorState();
  MaskAllInterrupts();
}

bool InterruptsEnabled() { return ReadStatus() & kStatusInterrupts; }

bool DisableInterrupts() {
  uint64_t before;
  asm volatile(DYNLINK_WITH("+zicsr", "csrrc %0, sstatus, %1")
               : "=r"(before)
               : "r"(kStatusInterrupts)
               : "memory");
  return before & kStatusInterrupts;
}

void RestoreInterrupts(bool on) {
  if (on) SetStatus(kStatusInterrupts);
}

// WFI ends when an enabled interrupt is pending, even while all are off in sstatus.
void WaitForInterrupt() {
  asm volatile("wfi" ::: "memory");
  SetStatus(kStatusInterrupts);
}

// `time`: the same on every hart, and it does not stop; `cycle` may do both.
uint64_t CycleCount() {
  uint64_t value;
  asm volatile(DYNLINK_WITH("+zicsr", "rdtime %0") : "=r"(value));
  return value;
}

// The entropy source (Zkr) is machine mode's unless that delegates it, which nothing tells.
bool RandomWord(uint64_t*) { return false; }

void PowerOff(uint8_t status) {
  constexpr uint32_t kPass = 0x5555;
  constexpr uint32_t kFail = 0x3333;  // with the status in the upper half
  DisableInterrupts();
  if (TheMachine().finisher) {
    auto* port = reinterpret_cast<volatile uint32_t*>(TheMachine().finisher);
    *port = status ? uint32_t{status} << 16 | kFail : kPass;
  }
  for (;;) asm volatile("wfi");
}

void Restart() {
  DisableInterrupts();
  SbiCall(kSbiReset, 0, kSbiColdReboot, 0);
  for (;;) asm volatile("wfi");
}

}  // namespace arch
