// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"

#include "arch/i386/kernel/cpu_features.h"
#include "arch/i386/kernel/descriptors.h"
#include "arch/i386/kernel/interrupts.h"
#include "arch/i386/kernel/registers.h"
#include "arch/i386/kernel/vector_state.h"
#include "lib/devices/pc.h"

namespace arch {

using namespace i386;

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
  uint32_t cr4 = ReadCr4() | kCr4Fxsave | kCr4SimdExceptions;
  if (features.xsave) cr4 |= kCr4Xsave;
  if (features.smep) cr4 |= kCr4Smep;
  if (features.smap) cr4 |= kCr4Smap;
  if (features.umip) cr4 |= kCr4Umip;
  WriteCr4(cr4);
  WriteCr0((ReadCr0() & ~kCr0Emulation) | kCr0MonitorCoprocessor | kCr0NumericError |
           kCr0WriteProtect | kCr0TaskSwitched);
}

}  // namespace

namespace i386 {

const CpuFeatures& Features() { return features; }

}  // namespace i386

// A PC's devices are where they always were.
void UseFirmware(mm::PhysAddr) {}

void InitCpu() {
  DisableInterrupts();
  MaskAllInterrupts();
  LoadDescriptorTables();
  ReadFeatures();
  SetControlRegisters();
  InitVectorState();
}

bool InterruptsEnabled() {
  uint32_t flags;
  asm volatile("pushfl; popl %0" : "=r"(flags)::"memory");
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

uint64_t CycleCount() {
  uint64_t value;
  asm volatile("rdtsc" : "=A"(value));
  return value;
}

bool RandomWord(uint64_t* out) {
  // The generator may be drained for a moment; Intel's guide gives ten tries.
  constexpr int kTries = 10;
  if (!features.random) return false;
  uint32_t halves[2];
  int have = 0;
  for (int i = 0; i < 2 * kTries && have < 2; i++) {
    bool valid;
    asm volatile("rdrand %0" : "=r"(halves[have]), "=@ccc"(valid));
    have += valid;
  }
  if (have < 2) return false;
  *out = uint64_t{halves[1]} << 32 | halves[0];
  return true;
}

void PowerOff(uint8_t status) {
  devices::Pc<IoPorts>::PowerOff(status);
  for (;;) asm volatile("cli; hlt");
}

void Restart() {
  devices::Pc<IoPorts>::Reset();
  for (;;) asm volatile("cli; hlt");
}

}  // namespace arch
