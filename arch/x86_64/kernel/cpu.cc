// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"

#include "arch/x86_64/kernel/cpu_features.h"
#include "arch/x86_64/kernel/descriptors.h"
#include "arch/x86_64/kernel/interrupts.h"
#include "arch/x86_64/kernel/registers.h"
#include "arch/x86_64/kernel/vector_state.h"
#include "lib/devices/pc.h"

extern "C" {
void x86_64_syscall_entry();
// Known to entry.S: CLAC exists and is needed.
bool x86_64_smap;
}

namespace arch {

using namespace x86_64;

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
  uint64_t cr4 = ReadCr4() | kCr4Fxsave | kCr4SimdExceptions;
  if (features.xsave) cr4 |= kCr4Xsave;
  if (features.smep) cr4 |= kCr4Smep;
  if (features.smap) cr4 |= kCr4Smap;
  if (features.umip) cr4 |= kCr4Umip;
  WriteCr4(cr4);
  x86_64_smap = features.smap;
  WriteCr0((ReadCr0() & ~kCr0Emulation) | kCr0MonitorCoprocessor | kCr0NumericError |
           kCr0WriteProtect | kCr0TaskSwitched);
}

void EnableSyscall() {
  WriteMsr(kMsrEfer, ReadMsr(kMsrEfer) | kEferSyscall | kEferNoExecute);
  // SYSRET loads CS = base + 16 and SS = base + 8 from bits 63:48, SYSCALL from bits 47:32.
  uint64_t sysret_base = kKernelData | 3;
  WriteMsr(kMsrStar, sysret_base << 48 | uint64_t{kKernelCode} << 32);
  WriteMsr(kMsrLstar, reinterpret_cast<uint64_t>(&x86_64_syscall_entry));
  WriteMsr(kMsrSyscallMask, kFlagTrap | kFlagInterrupts | kFlagDirection | kFlagPrivilege |
                                kFlagNestedTask | kFlagResume | kFlagAlignment);
}

}  // namespace

namespace x86_64 {

const CpuFeatures& Features() { return features; }

}  // namespace x86_64

// A PC's devices are where they always were.
void UseFirmware(mm::PhysAddr) {}

void InitCpu() {
  DisableInterrupts();
  MaskAllInterrupts();
  LoadDescriptorTables();
  ReadFeatures();
  SetControlRegisters();
  InitVectorState();
  EnableSyscall();
}

bool InterruptsEnabled() {
  uint64_t flags;
  asm volatile("pushfq; popq %0" : "=r"(flags)::"memory");
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
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return uint64_t{high} << 32 | low;
}

bool RandomWord(uint64_t* out) {
  // The generator may be drained for a moment; Intel's guide gives ten tries.
  constexpr int kTries = 10;
  if (!features.random) return false;
  for (int i = 0; i < kTries; i++) {
    bool valid;
    asm volatile("rdrand %0" : "=r"(*out), "=@ccc"(valid));
    if (valid) return true;
  }
  return false;
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
