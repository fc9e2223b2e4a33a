// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"

#include "arch/aarch64/kernel/devices.h"
#include "arch/aarch64/kernel/interrupts.h"
#include "arch/aarch64/kernel/registers.h"

extern "C" const char aarch64_vectors[];

namespace arch {

using namespace aarch64;

namespace {

// SCTLR_EL1 (Arm ARM D17.2.118): what ARMv8.0 has as ones, then what the kernel chooses.
constexpr uint64_t kAlwaysOne = 1 << 29 | 1 << 28 | 1 << 22 | 1 << 20 | 1 << 11;
constexpr uint64_t kNoAArch32Relics = 1 << 8 | 1 << 7;
constexpr uint64_t kMmu = 1 << 0, kDataCache = 1 << 2, kInstructionCache = 1 << 12;
constexpr uint64_t kStackAlignment = 1 << 3, kUserStackAlignment = 1 << 4;
constexpr uint64_t kWritableNeverExecutes = 1 << 19;
// Programs may read the cache type, zero and clean lines, and wait, which ends with the next
// interrupt.
constexpr uint64_t kUserCacheOperations = 1 << 26 | 1 << 15 | 1 << 14;
constexpr uint64_t kUserWait = 1 << 18 | 1 << 16;
// Set: PSTATE.PAN stays as it is on an exception. One where there is no PAN.
constexpr uint64_t kKeepPan = 1 << 23;

constexpr uint64_t kUserCounter = 1 << 1;  // CNTKCTL_EL1.EL0VCTEN

// MDSCR_EL1.TDCC: programs do not talk to a debugger at the other end of a cable. Nothing else: no
// single steps, no watchpoints.
constexpr uint64_t kNoDebugChannel = 1 << 12;

constinit bool ending = false;

// PSCI (ARM DEN 0022, 5.1): a call by one instruction or the other, the number in w0.
void CallPsci(uint32_t function) {
  register uint64_t x0 asm("x0") = function;
  if (KnownDevices().psci_by_smc) {
    asm volatile("smc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
  } else {
    asm volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
  }
}

[[noreturn]] void Stop() {
  DisableInterrupts();
  for (;;) asm volatile("wfi");
}

}  // namespace

void InitCpu() {
  DisableInterrupts();
  AARCH64_WRITE(vbar_el1, reinterpret_cast<uintptr_t>(aarch64_vectors));
  AARCH64_WRITE(cpacr_el1, 0);
  AARCH64_WRITE(cntkctl_el1, kUserCounter);
  AARCH64_WRITE(mdscr_el1, kNoDebugChannel);
  // ID_AA64DFR0_EL1.PMUVer: 0 and 15 are CPUs without such a unit. Its counters are not for programs.
  const uint64_t performance_unit = AARCH64_READ(id_aa64dfr0_el1) >> 8 & 0xf;
  if (performance_unit != 0 && performance_unit != 0xf) AARCH64_WRITE(pmuserenr_el0, 0);
  AARCH64_WRITE(tpidr_el0, 0);
  AARCH64_WRITE(tpidrro_el0, 0);
  const bool pan = (AARCH64_READ(id_aa64mmfr1_el1) >> 20 & 0xf) != 0;
  AARCH64_WRITE(sctlr_el1, kAlwaysOne | kNoAArch32Relics | kMmu | kDataCache | kInstructionCache |
                               kStackAlignment | kUserStackAlignment | kWritableNeverExecutes |
                               kUserCacheOperations | kUserWait | (pan ? 0 : kKeepPan));
  Synchronise();
  // MSR PAN, #1, which assemblers do not know without the extension.
  if (pan) asm volatile(".inst 0xd500419f" ::: "memory");
  InitInterruptController();
  // System errors are reported from here on.
  asm volatile("msr daifclr, #4" ::: "memory");
}

bool InterruptsEnabled() { return (AARCH64_READ(daif) & kDaifInterrupts) == 0; }

bool DisableInterrupts() {
  const bool on = InterruptsEnabled();
  asm volatile("msr daifset, #2" ::: "memory");
  return on;
}

void RestoreInterrupts(bool on) {
  if (on) asm volatile("msr daifclr, #2" ::: "memory");
}

// A pending interrupt ends WFI though it is masked.
void WaitForInterrupt() { asm volatile("wfi\n\tmsr daifclr, #2" ::: "memory"); }

// Read where it stands: without the barrier the CPU may do so earlier, and out of order with other
// reads of it (Arm ARM D11).
uint64_t CycleCount() {
  Synchronise();
  return AARCH64_READ(cntvct_el0);
}

bool RandomWord(uint64_t* out) {
  // RNDR, by its encoding; Z says that there was no number (Arm ARM K12).
  constexpr int kTries = 10;
  if (AARCH64_READ(id_aa64isar0_el1) >> 60 == 0) return false;
  for (int i = 0; i < kTries; i++) {
    bool failed;
    asm volatile("mrs %0, s3_3_c2_c4_0" : "=r"(*out), "=@cceq"(failed));
    if (!failed) return true;
  }
  return false;
}

void PowerOff(uint8_t status) {
  // The emulator's semihosting (Arm's specification, 6.7) takes the status: SYS_EXIT with
  // ADP_Stopped_ApplicationExit. Where there is none the instruction is undefined; the panic that
  // follows comes here again.
  constexpr uint64_t kExit = 0x18;
  constexpr uint32_t kPsciSystemOff = 0x84000008;
  if (!ending) {
    ending = true;
    const uint64_t block[2] = {0x20026, status};
    register uint64_t operation asm("x0") = kExit;
    register const uint64_t* argument asm("x1") = block;
    asm volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
  }
  CallPsci(kPsciSystemOff);
  Stop();
}

void Restart() {
  constexpr uint32_t kPsciSystemReset = 0x84000009;
  CallPsci(kPsciSystemReset);
  Stop();
}

}  // namespace arch
