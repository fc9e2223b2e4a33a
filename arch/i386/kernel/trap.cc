// SPDX-License-Identifier: BSD-2-Clause
#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/i386/kernel/registers.h"
#include "arch/i386/kernel/trap_frame.h"
#include "arch/x86/kernel/cpu_features.h"
#include "arch/x86/kernel/interrupts.h"
#include "kernel/base/panic.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/thread.h"

namespace arch::x86 {
namespace {

enum Vector : uint32_t {
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
constexpr uint32_t kPresent = 1 << 0;
constexpr uint32_t kWrite = 1 << 1;
constexpr uint32_t kReserved = 1 << 3;
constexpr uint32_t kFetch = 1 << 4;

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

// Where the backtrace starts: the instruction, or, when a call went where there is no code, what
// that call would return to.
uint32_t CallerOf(const TrapFrame& frame) {
  bool no_code = frame.vector == kPageFault && frame.error & kFetch;
  Mapping mapping;
  if (!no_code || FromUser(frame)) return frame.eip;
  if (!Translate(CurrentRoot(), StackOf(frame), &mapping) || mapping.user) return frame.eip;
  return *reinterpret_cast<const uint32_t*>(StackOf(frame));
}

[[noreturn]] void KernelTrap(const TrapFrame& frame) {
  char place[192];
  base::Symbolize(frame.eip, base::CodeAddress::kInstruction, place, sizeof place);
  const char* thread = sched::Name(sched::Current());
  const char* name = frame.vector < kFirstLineVector ? kNames[frame.vector] : nullptr;
  if (!name) name = "unknown trap";
  base::PanicSite site{CallerOf(frame), frame.ebp, PrintRegisters, &frame};
  if (frame.vector == kPageFault) {
    const char* what = frame.error & kFetch ? "execute" : frame.error & kWrite ? "write" : "read";
    const char* why = frame.error & kReserved  ? "page table is corrupt"
                      : frame.error & kPresent ? "not permitted"
                                               : "not mapped";
    base::PanicAt(site, "page fault: %s at %#018lx, %s; at %s, thread %s", what,
                  static_cast<unsigned long>(ReadCr2()), why, place, thread);
  }
  if (frame.vector == kDoubleFault && sched::IsStackGuard(ReadCr2())) {
    base::PanicAt(site, "kernel stack overflow in thread %s; at %s", thread, place);
  }
  base::PanicAt(site, "%s at %s, thread %s", name, place, thread);
}

// Linux's signal numbers and codes for each exception (arch/x86/kernel/traps.c documents them in
// signal(7) and sigaction(2)).
UserFault FaultOf(const TrapFrame& frame, uint32_t fault_address) {
  constexpr int kSigIll = 4, kSigTrap = 5, kSigBus = 7, kSigFpe = 8, kSigSegv = 11;
  constexpr int kSiKernel = 0x80;
  switch (frame.vector) {
    case kDivideError:
      return {kSigFpe, /*FPE_INTDIV*/ 1, frame.eip};
    case kDebug:
      return {kSigTrap, /*TRAP_TRACE*/ 2, frame.eip};
    case kBreakpoint:
      return {kSigTrap, kSiKernel, 0};
    case kInvalidOpcode:
      return {kSigIll, /*ILL_ILLOPN*/ 2, frame.eip};
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
      return {kSigFpe, /*FPE_FLTINV*/ 7, frame.eip};
    case kAlignmentCheck:
      return {kSigBus, /*BUS_ADRALN*/ 1, 0};
    default:
      return {kSigSegv, kSiKernel, 0};
  }
}

// Interrupts are on before and off after.
void ReturnToUser(TrapFrame& frame) {
  proc::BeforeUser(frame);
  asm volatile("cli" ::: "memory");
}

}  // namespace
}  // namespace arch::x86

using namespace arch::x86;

// Interrupts are off on entry and on return.
extern "C" void i386_HandleTrap(TrapFrame* frame) {
  // A user program may set EFLAGS.AC, which would switch SMAP off.
  if (Features().smap) asm volatile("clac" ::: "memory");
  if (frame->vector == kSyscallVector) {
    asm volatile("sti" ::: "memory");
    syscalls::Dispatch(*frame);
    ReturnToUser(*frame);
    return;
  }
  if (frame->vector >= kFirstLineVector) {
    HandleLine(frame->vector - kFirstLineVector);
    sched::PreemptFromInterrupt();
    if (!FromUser(*frame)) return;
    asm volatile("sti" ::: "memory");
    ReturnToUser(*frame);
    return;
  }
  bool machine_wide =
      frame->vector == kNmi || frame->vector == kDoubleFault || frame->vector == kMachineCheck;
  if (!FromUser(*frame) || machine_wide) KernelTrap(*frame);

  const uint32_t fault_address = ReadCr2();
  asm volatile("sti" ::: "memory");
  proc::OnUserFault(*frame, FaultOf(*frame, fault_address));
  ReturnToUser(*frame);
}
