// SPDX-License-Identifier: BSD-2-Clause
#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/x86/kernel/interrupts.h"
#include "arch/x86_64/kernel/registers.h"
#include "arch/x86_64/kernel/trap_frame.h"
#include "kernel/base/panic.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/thread.h"

namespace arch::x86 {
namespace {

enum Vector : uint64_t {
  kDivideError = 0,
  kDebug = 1,
  kNmi = 2,
  kBreakpoint = 3,
  kOverflow = 4,
  kInvalidOpcode = 6,
  kNoFpu = 7,
  kDoubleFault = 8,
  kSegmentNotPresent = 11,
  kStackSegment = 12,
  kGeneralProtection = 13,
  kPageFault = 14,
  kFpuError = 16,
  kAlignmentCheck = 17,
  kMachineCheck = 18,
  kSimdError = 19,
};

constexpr const char* kNames[kFirstLineVector] = {
    "divide error",
    "debug exception",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "FPU or vector instruction in kernel mode",
    "double fault",
    "coprocessor segment overrun",
    "invalid task segment",
    "segment not present",
    "stack segment fault",
    "general protection fault",
    "page fault",
    "vector 15",
    "FPU error",
    "alignment check",
    "machine check",
    "SIMD error",
    "virtualisation exception",
    "control protection exception",
};

// Page fault error code (SDM volume 3, 4.7).
constexpr uint64_t kPresent = 1 << 0;
constexpr uint64_t kWrite = 1 << 1;
constexpr uint64_t kReserved = 1 << 3;
constexpr uint64_t kFetch = 1 << 4;

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

// Where the backtrace starts: the instruction, or, when a call went where there is no code, what
// that call would return to.
uint64_t CallerOf(const TrapFrame& frame) {
  bool no_code = frame.vector == kPageFault && frame.error & kFetch;
  Mapping mapping;
  if (!no_code || FromUser(frame) || frame.rsp % sizeof(uint64_t)) return frame.rip;
  if (!Translate(CurrentRoot(), frame.rsp, &mapping) || mapping.user) return frame.rip;
  return *reinterpret_cast<const uint64_t*>(frame.rsp);
}

[[noreturn]] void KernelTrap(const TrapFrame& frame) {
  char place[192];
  base::Symbolize(frame.rip, base::CodeAddress::kInstruction, place, sizeof place);
  const char* thread = sched::Name(sched::Current());
  const char* name = frame.vector < kFirstLineVector ? kNames[frame.vector] : nullptr;
  if (!name) name = "unknown trap";
  base::PanicSite site{CallerOf(frame), frame.rbp, PrintRegisters, &frame};
  if (frame.vector == kPageFault) {
    const char* what = frame.error & kFetch ? "execute" : frame.error & kWrite ? "write" : "read";
    const char* why = frame.error & kReserved  ? "page table is corrupt"
                      : frame.error & kPresent ? "not permitted"
                                               : "not mapped";
    base::PanicAt(site, "page fault: %s at %#018lx, %s; at %s, thread %s", what, ReadCr2(), why,
                  place, thread);
  }
  if (frame.vector == kDoubleFault && sched::IsStackGuard(ReadCr2())) {
    base::PanicAt(site, "kernel stack overflow in thread %s; at %s", thread, place);
  }
  base::PanicAt(site, "%s at %s, thread %s", name, place, thread);
}

// Linux's signal numbers and codes for each exception (arch/x86/kernel/traps.c documents them in
// signal(7) and sigaction(2)).
UserFault FaultOf(const TrapFrame& frame, uint64_t fault_address) {
  constexpr int kSigIll = 4, kSigTrap = 5, kSigBus = 7, kSigFpe = 8, kSigSegv = 11;
  constexpr int kSiKernel = 0x80;
  switch (frame.vector) {
    case kDivideError:
      return {kSigFpe, /*FPE_INTDIV*/ 1, frame.rip};
    case kDebug:
      return {kSigTrap, /*TRAP_TRACE*/ 2, frame.rip};
    case kBreakpoint:
      return {kSigTrap, kSiKernel, 0};
    case kInvalidOpcode:
      return {kSigIll, /*ILL_ILLOPN*/ 2, frame.rip};
    case kSegmentNotPresent:
    case kStackSegment:
      return {kSigBus, kSiKernel, 0};
    case kPageFault: {
      // What the kernel has mapped where is nothing to tell by the code.
      bool access = frame.error & kPresent && fault_address < UserEnd();
      return {kSigSegv, access ? /*SEGV_ACCERR*/ 2 : /*SEGV_MAPERR*/ 1, fault_address};
    }
    case kFpuError:
    case kSimdError:
      return {kSigFpe, /*FPE_FLTINV*/ 7, frame.rip};
    case kAlignmentCheck:
      return {kSigBus, /*BUS_ADRALN*/ 1, 0};
    default:
      return {kSigSegv, kSiKernel, 0};
  }
}

constexpr uint64_t kUserTop = uint64_t{1} << 47;

// Interrupts are on before and off after. An instruction pointer that is not canonical (a signal
// frame can hold one) would fault in IRET or SYSRET, in kernel mode: it faults here instead.
void ReturnToUser(TrapFrame& frame) {
  proc::BeforeUser(frame);
  while (frame.rip >= kUserTop) {
    constexpr int kSigSegv = 11, kSiKernel = 0x80;
    proc::OnUserFault(frame, {kSigSegv, kSiKernel, 0});
    proc::BeforeUser(frame);
  }
  asm volatile("cli" ::: "memory");
}

}  // namespace
}  // namespace arch::x86

using namespace arch::x86;

// Interrupts are off on entry and on return.
extern "C" void x86_64_HandleTrap(TrapFrame* frame) {
  if (frame->vector >= kFirstLineVector) {
    HandleLine(static_cast<unsigned>(frame->vector - kFirstLineVector));
    sched::PreemptFromInterrupt();
    if (!FromUser(*frame)) return;
    asm volatile("sti" ::: "memory");
    ReturnToUser(*frame);
    return;
  }
  bool machine_wide =
      frame->vector == kNmi || frame->vector == kDoubleFault || frame->vector == kMachineCheck;
  if (!FromUser(*frame) || machine_wide) KernelTrap(*frame);

  uint64_t fault_address = ReadCr2();
  asm volatile("sti" ::: "memory");
  proc::OnUserFault(*frame, FaultOf(*frame, fault_address));
  ReturnToUser(*frame);
}

// Returns whether SYSRET may be used: it takes rip from rcx and flags from r11, and faults in
// kernel mode on an address that is not canonical.
extern "C" bool x86_64_HandleSyscall(TrapFrame* frame) {
  asm volatile("sti" ::: "memory");
  syscalls::Dispatch(*frame);
  ReturnToUser(*frame);
  return frame->rcx == frame->rip && frame->r11 == frame->rflags &&
         !(frame->rflags & (kFlagResume | kFlagTrap));
}
