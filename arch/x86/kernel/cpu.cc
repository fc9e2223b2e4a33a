// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"

#include "arch/current/kernel/descriptors.h"
#include "arch/current/kernel/registers.h"
#include "arch/x86/kernel/cpu_features.h"
#include "arch/x86/kernel/interrupts.h"
#include "arch/x86/kernel/vector_state.h"
#include "lib/devices/pc.h"

namespace arch {

using namespace x86;

namespace {

constinit CpuFeatures features = {};

void ReadFeatures() {
  CpuidResult basic = Cpuid(1);
  features.random = basic.ecx >> 30 & 1;
  features.xsave = basic.ecx >> 26 & 1;
  if (Cpuid(0).eax >= 7) {
    CpuidResult extended = Cpuid(7);
    features.smep = extended.ebx >> 7 & 1;
    features.smap = extended.ebx >> 20 & 1;
    features.umip = extended.ecx >> 2 & 1;
  }
}

void SetControlRegisters() {
  uintptr_t cr4 = ReadCr4() | kCr4Fxsave | kCr4SimdExceptions;
  if (features.xsave) cr4 |= kCr4Xsave;
  if (features.smep) cr4 |= kCr4Smep;
  if (features.smap) cr4 |= kCr4Smap;
  if (features.umip) cr4 |= kCr4Umip;
  WriteCr4(cr4);
  WriteCr0((ReadCr0() & ~kCr0Emulation) | kCr0MonitorCoprocessor | kCr0NumericError |
           kCr0WriteProtect | kCr0TaskSwitched);
}

}  // namespace

namespace x86 {

const CpuFeatures& Features() { return features; }

}  // namespace x86

// A PC's devices are where they always were.
void UseFirmware(mm::PhysAddr) {}

void InitCpu() {
  DisableInterrupts();
  MaskAllInterrupts();
  LoadDescriptorTables();
  ReadFeatures();
  SetControlRegisters();
  InitVectorState();
  InitSystemCalls();
}

bool InterruptsEnabled() {
  uintptr_t flags;
  asm volatile("pushf; pop %0" : "=r"(flags)::"memory");
  return flags & kFlagInterrupts;
}

bool DisableInterrupts() {
  bool on = InterruptsEnabled();
  asm volatile("cli" ::: "memory");
  return on;
}

void RestoreInterrupts(bool on) {
  if (on) asm volatile("sti" ::: "memory");
}

// STI takes effect after the next instruction, so no interrupt can come between the two.
void WaitForInterrupt() { asm volatile("sti; hlt" ::: "memory"); }

uint64_t CycleCount() { return ReadTsc(); }

bool RandomWord(uint64_t* out) { return features.random && DrawRandom(Rdrand, out); }

void PowerOff(uint8_t status) {
  devices::Pc<IoPorts>::PowerOff(status);
  for (;;) asm volatile("cli; hlt");
}

void Restart() {
  devices::Pc<IoPorts>::Reset();
  for (;;) asm volatile("cli; hlt");
}

}  // namespace arch
