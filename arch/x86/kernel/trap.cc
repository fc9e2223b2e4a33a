// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86/kernel/trap.h"

#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/x86/kernel/interrupts.h"
#include "arch/x86/kernel/registers.h"
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
constexpr uintptr_t kPresent = 1 << 0;
constexpr uintptr_t kWrite = 1 << 1;
constexpr uintptr_t kReserved = 1 << 3;
constexpr uintptr_t kFetch = 1 << 4;

// Where the backtrace starts: the instruction, or, when a call went where there is no code, what
// that call would return to.
uintptr_t CallerOf(const TrapFrame& frame) {
  bool no_code = frame.vector == kPageFault && frame.error & kFetch;
  Mapping mapping;
  if (!no_code || FromUser(frame) || StackOf(frame) % sizeof(uintptr_t)) return PlaceOf(frame);
  if (!Translate(CurrentRoot(), StackOf(frame), &mapping) || mapping.user) return PlaceOf(frame);
  return *reinterpret_cast<const uintptr_t*>(StackOf(frame));
}

[[noreturn]] void KernelTrap(const TrapFrame& frame) {
  char place[192];
  base::Symbolize(PlaceOf(frame), base::CodeAddress::kInstruction, place, sizeof place);
  const char* thread = sched::Name(sched::Current());
  const char* name = frame.vector < kFirstLineVector ? kNames[frame.vector] : nullptr;
  if (!name) name = "unknown trap";
  base::PanicSite site{CallerOf(frame), CallFrameOf(frame), PrintRegisters, &frame};
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
UserFault FaultOf(const TrapFrame& frame, uintptr_t fault_address) {
  constexpr int kSigIll = 4, kSigTrap = 5, kSigBus = 7, kSigFpe = 8, kSigSegv = 11;
  constexpr int kSiKernel = 0x80;
  switch (frame.vector) {
    case kDivideError:
      return {kSigFpe, /*FPE_INTDIV*/ 1, PlaceOf(frame)};
    case kDebug:
      return {kSigTrap, /*TRAP_TRACE*/ 2, PlaceOf(frame)};
    case kBreakpoint:
      return {kSigTrap, kSiKernel, 0};
    case kInvalidOpcode:
      return {kSigIll, /*ILL_ILLOPN*/ 2, PlaceOf(frame)};
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
      return {kSigFpe, /*FPE_FLTINV*/ 7, PlaceOf(frame)};
    case kAlignmentCheck:
      return {kSigBus, /*BUS_ADRALN*/ 1, 0};
    default:
      return {kSigSegv, kSiKernel, 0};
  }
}

}  // namespace

void HandleTrap(TrapFrame& frame) {
  if (frame.vector >= kFirstLineVector) {
    HandleLine(static_cast<unsigned>(frame.vector - kFirstLineVector));
    sched::PreemptFromInterrupt();
    if (!FromUser(frame)) return;
    asm volatile("sti" ::: "memory");
    ReturnToUser(frame);
    return;
  }
  bool machine_wide =
      frame.vector == kNmi || frame.vector == kDoubleFault || frame.vector == kMachineCheck;
  if (!FromUser(frame) || machine_wide) KernelTrap(frame);

  const uintptr_t fault_address = ReadCr2();
  asm volatile("sti" ::: "memory");
  proc::OnUserFault(frame, FaultOf(frame, fault_address));
  ReturnToUser(frame);
}

}  // namespace arch::x86
