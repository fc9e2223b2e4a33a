// SPDX-License-Identifier: BSD-2-Clause
#include <cstdint>

#include "arch/aarch64/kernel/interrupts.h"
#include "arch/aarch64/kernel/registers.h"
#include "arch/aarch64/kernel/trap_frame.h"
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "kernel/base/panic.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/thread.h"

namespace arch::aarch64 {
namespace {

// ESR_EL1.EC (Arm ARM, DDI 0487, D17.2.37).
enum Class : uint64_t {
  kUnknown = 0x00,
  kFpuOff = 0x07,
  kIllegalState = 0x0e,
  kCall = 0x15,
  kFetchUser = 0x20,
  kFetchKernel = 0x21,
  kPcAlignment = 0x22,
  kAccessUser = 0x24,
  kAccessKernel = 0x25,
  kStackAlignment = 0x26,
  kFpuError = 0x2c,
  kSystemError = 0x2f,
  kStepUser = 0x32,
  kBreakpoint = 0x3c,
};

Class ClassOf(const TrapFrame& frame) { return static_cast<Class>(frame.syndrome >> 26 & 0x3f); }

bool IsFetch(const TrapFrame& frame) {
  return ClassOf(frame) == kFetchKernel || ClassOf(frame) == kFetchUser;
}
bool IsWrite(const TrapFrame& frame) {
  constexpr uint64_t kWriteNotRead = 1 << 6;
  return !IsFetch(frame) && (frame.syndrome & kWriteNotRead);
}
// The fault status code without the level.
enum Status : uint64_t { kTranslation = 0x04, kAccessFlag = 0x08, kPermission = 0x0c };
Status StatusOf(const TrapFrame& frame) { return static_cast<Status>(frame.syndrome & 0x3c); }
bool IsAlignment(const TrapFrame& frame) { return (frame.syndrome & 0x3f) == 0x21; }

const char* NameOf(Class what) {
  switch (what) {
    case kUnknown:
      return "undefined instruction";
    case kFpuOff:
      return "FPU or vector instruction in kernel mode";
    case kIllegalState:
      return "illegal execution state";
    case kPcAlignment:
      return "misaligned program counter";
    case kStackAlignment:
      return "misaligned stack pointer";
    case kSystemError:
      return "system error";
    case kBreakpoint:
      return "breakpoint";
    default:
      return "unknown trap";
  }
}

void PrintRegisters(const void* context) {
  const auto& f = *static_cast<const TrapFrame*>(context);
  for (unsigned i = 0; i < 28; i += 4) {
    base::PanicLine("x%-2u %016lx  x%-2u %016lx  x%-2u %016lx  x%-2u %016lx", i, f.x[i], i + 1,
                    f.x[i + 1], i + 2, f.x[i + 2], i + 3, f.x[i + 3]);
  }
  base::PanicLine("x28 %016lx  fp  %016lx  lr  %016lx  sp  %016lx", f.x[28], f.x[kFramePointer],
                  f.x[kLinkRegister], f.sp);
  base::PanicLine("pc  %016lx  pstate %08lx  esr %08lx  far %016lx", f.pc, f.pstate, f.syndrome,
                  f.fault_address);
  base::PanicLine("ttbr0 %016lx  ttbr1 %016lx  sctlr %08lx", AARCH64_READ(ttbr0_el1),
                  AARCH64_READ(ttbr1_el1), AARCH64_READ(sctlr_el1));
}

// Where the backtrace starts: the instruction, or, when a call went where there is no code, what
// that call would return to.
uint64_t CallerOf(const TrapFrame& frame) {
  return IsFetch(frame) && !FromUser(frame) ? frame.x[kLinkRegister] : frame.pc;
}

[[noreturn]] void KernelTrap(const TrapFrame& frame) {
  char place[192];
  base::Symbolize(frame.pc, base::CodeAddress::kInstruction, place, sizeof place);
  const char* thread = sched::Name(sched::Current());
  const Class what = ClassOf(frame);
  base::PanicSite site{CallerOf(frame), frame.x[kFramePointer], PrintRegisters, &frame};
  if (what != kAccessKernel && what != kFetchKernel) {
    base::PanicAt(site, "%s at %s, thread %s", NameOf(what), place, thread);
  }
  if (sched::IsStackGuard(frame.fault_address)) {
    base::PanicAt(site, "kernel stack overflow in thread %s; at %s", thread, place);
  }
  const char* how = IsFetch(frame) ? "execute" : IsWrite(frame) ? "write" : "read";
  const Status status = StatusOf(frame);
  const char* why = IsAlignment(frame)       ? "not aligned"
                    : status == kTranslation ? "not mapped"
                    : status == kPermission  ? "not permitted"
                                             : "page table is corrupt";
  base::PanicAt(site, "page fault: %s at %#018lx, %s; at %s, thread %s", how, frame.fault_address,
                why, place, thread);
}

// Linux's signal numbers and codes for each exception (signal(7) and sigaction(2) document them).
UserFault FaultOf(const TrapFrame& frame) {
  constexpr int kSigIll = 4, kSigTrap = 5, kSigBus = 7, kSigFpe = 8, kSigSegv = 11;
  switch (ClassOf(frame)) {
    case kFetchUser:
    case kAccessUser: {
      if (IsAlignment(frame)) return {kSigBus, /*BUS_ADRALN*/ 1, frame.fault_address};
      // What the kernel has mapped where is nothing to tell by the code.
      bool access = StatusOf(frame) == kPermission && frame.fault_address < UserEnd();
      return {kSigSegv, access ? /*SEGV_ACCERR*/ 2 : /*SEGV_MAPERR*/ 1, frame.fault_address};
    }
    case kPcAlignment:
    case kStackAlignment:
      return {kSigBus, /*BUS_ADRALN*/ 1, frame.pc};
    case kFpuError:
      return {kSigFpe, /*FPE_FLTINV*/ 7, frame.pc};
    case kStepUser:
      return {kSigTrap, /*TRAP_TRACE*/ 2, frame.pc};
    case kBreakpoint:
      return {kSigTrap, /*TRAP_BRKPT*/ 1, frame.pc};
    default:
      return {kSigIll, /*ILL_ILLOPC*/ 1, frame.pc};
  }
}

// Interrupts are on before and off after.
void ReturnToUser(TrapFrame& frame) {
  proc::BeforeUser(frame);
  DisableInterrupts();
}

}  // namespace
}  // namespace arch::aarch64

using namespace arch::aarch64;

// All of these: interrupts are off on entry and on return.

extern "C" void aarch64_HandleUserTrap(TrapFrame* frame) {
  arch::RestoreInterrupts(true);
  if (ClassOf(*frame) == kCall) {
    syscalls::Dispatch(*frame);
  } else {
    proc::OnUserFault(*frame, FaultOf(*frame));
  }
  ReturnToUser(*frame);
}

extern "C" void aarch64_HandleUserInterrupt(TrapFrame* frame) {
  HandleInterrupt();
  sched::PreemptFromInterrupt();
  arch::RestoreInterrupts(true);
  ReturnToUser(*frame);
}

extern "C" void aarch64_HandleKernelInterrupt(TrapFrame*) {
  HandleInterrupt();
  sched::PreemptFromInterrupt();
}

extern "C" [[noreturn]] void aarch64_HandleKernelTrap(TrapFrame* frame) { KernelTrap(*frame); }

// Fast interrupts, system errors, and whatever comes from a state that the kernel never enters.
extern "C" [[noreturn]] void aarch64_HandleBad(TrapFrame* frame) { KernelTrap(*frame); }
