// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86/kernel/cpu_features.h"
#include "arch/x86_64/kernel/descriptors.h"
#include "arch/x86_64/kernel/registers.h"

extern "C" {
void x86_64_syscall_entry();
// Known to entry.S: CLAC exists and is needed.
bool x86_64_smap;
}

namespace arch::x86 {

void InitSystemCalls() {
  x86_64_smap = Features().smap;
  WriteMsr(kMsrEfer, ReadMsr(kMsrEfer) | kEferSyscall | kEferNoExecute);
  // SYSRET loads CS = base + 16 and SS = base + 8 from bits 63:48, SYSCALL from bits 47:32.
  uint64_t sysret_base = kKernelData | 3;
  WriteMsr(kMsrStar, sysret_base << 48 | uint64_t{kKernelCode} << 32);
  WriteMsr(kMsrLstar, reinterpret_cast<uint64_t>(&x86_64_syscall_entry));
  WriteMsr(kMsrSyscallMask, kFlagTrap | kFlagInterrupts | kFlagDirection | kFlagPrivilege |
                                kFlagNestedTask | kFlagResume | kFlagAlignment);
}

}  // namespace arch::x86
