// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86/kernel/trap.h"

#include <cstdint>

#include "arch/i386/kernel/registers.h"
#include "arch/x86/kernel/cpu_features.h"
#include "kernel/base/panic.h"

extern "C" {
extern char i386_trap_return[];
}

namespace arch::x86 {

bool IsTrapReturn(mm::VirtAddr place) {
  return place == reinterpret_cast<mm::VirtAddr>(i386_trap_return);
}

void PrintRegisters(const void* context) {
  const auto& f = *static_cast<const TrapFrame*>(context);
  const uint32_t ss = FromUser(f) ? f.ss : kKernelStack;
  base::PanicLine("eax %08x  ebx %08x  ecx %08x  edx %08x", f.eax, f.ebx, f.ecx, f.edx);
  base::PanicLine("esi %08x  edi %08x  ebp %08x  esp %08x", f.esi, f.edi, f.ebp, StackOf(f));
  base::PanicLine("eip %08x  flags %08x  cs %02x  ss %02x  vector %u  error %x", f.eip, f.eflags,
                  f.cs, ss, f.vector, f.error);
  base::PanicLine("cr0 %08x  cr2 %08x  cr3 %08x  cr4 %08x", ReadCr0(), ReadCr2(), ReadCr3(),
                  ReadCr4());
}

// The stack's segment, as those of data, becomes the flat one: a program's own may be gone by now, and
// IRET would fault on it in kernel mode. CS needs no such care, for no entry of a program's is code.
void ReturnToUser(TrapFrame& frame) {
  proc::BeforeUser(frame);
  frame.ss = kUserData;
  asm volatile("cli" ::: "memory");
}

}  // namespace arch::x86

using namespace arch::x86;

// Interrupts are off on entry and on return.
extern "C" void i386_HandleTrap(TrapFrame* frame) {
  // A user program may set EFLAGS.AC, which would switch SMAP off.
  if (Features().smap) asm volatile("clac" ::: "memory");
  if (frame->vector != kSyscallVector) return HandleTrap(*frame);
  asm volatile("sti" ::: "memory");
  syscalls::Dispatch(*frame);
  ReturnToUser(*frame);
}
