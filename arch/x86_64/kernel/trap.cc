// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86/kernel/trap.h"

#include <cstdint>

#include "arch/x86_64/kernel/registers.h"
#include "kernel/base/panic.h"

extern "C" {
extern char x86_64_trap_return[];
extern char x86_64_syscall_return[];
}

namespace arch::x86 {
namespace {

constexpr uint64_t kUserTop = uint64_t{1} << 47;

}  // namespace

bool IsTrapReturn(mm::VirtAddr place) {
  return place == reinterpret_cast<mm::VirtAddr>(x86_64_trap_return) ||
         place == reinterpret_cast<mm::VirtAddr>(x86_64_syscall_return);
}

void PrintRegisters(const void* context) {
  const auto& f = *static_cast<const TrapFrame*>(context);
  base::PanicLine("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", f.rax, f.rbx, f.rcx, f.rdx);
  base::PanicLine("rsi %016lx  rdi %016lx  rbp %016lx  rsp %016lx", f.rsi, f.rdi, f.rbp, f.rsp);
  base::PanicLine("r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx", f.r8, f.r9, f.r10, f.r11);
  base::PanicLine("r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx", f.r12, f.r13, f.r14, f.r15);
  base::PanicLine("rip %016lx  flags %08lx  cs %02lx  ss %02lx  vector %lu  error %lx", f.rip,
                  f.rflags, f.cs, f.ss, f.vector, f.error);
  base::PanicLine("cr0 %08lx  cr2 %016lx  cr3 %016lx  cr4 %08lx", ReadCr0(), ReadCr2(), ReadCr3(),
                  ReadCr4());
}

// An instruction pointer that is not canonical (a signal frame can hold one) would fault in IRET or
// SYSRET, in kernel mode: it faults here instead.
void ReturnToUser(TrapFrame& frame) {
  proc::BeforeUser(frame);
  while (frame.rip >= kUserTop) {
    constexpr int kSigSegv = 11, kSiKernel = 0x80;
    proc::OnUserFault(frame, {kSigSegv, kSiKernel, 0});
    proc::BeforeUser(frame);
  }
  asm volatile("cli" ::: "memory");
}

}  // namespace arch::x86

using namespace arch::x86;

extern "C" void x86_64_HandleTrap(TrapFrame* frame) { HandleTrap(*frame); }

// Returns whether SYSRET may be used: it takes rip from rcx and flags from r11, and faults in
// kernel mode on an address that is not canonical.
extern "C" bool x86_64_HandleSyscall(TrapFrame* frame) {
  asm volatile("sti" ::: "memory");
  syscalls::Dispatch(*frame);
  ReturnToUser(*frame);
  return frame->rcx == frame->rip && frame->r11 == frame->rflags &&
         !(frame->rflags & (kFlagResume | kFlagTrap));
}
