// SPDX-License-Identifier: BSD-2-Clause
#include <cstdint>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/riscv64/kernel/interrupts.h"
#include "arch/riscv64/kernel/registers.h"
#include "arch/riscv64/kernel/trap_frame.h"
#include "kernel/base/panic.h"
#include "kernel/kpi/signal.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/thread.h"

extern "C" {
extern char riscv64_overflow_stack[], riscv64_overflow_stack_top[];
}

namespace arch::riscv64 {
namespace {

// scause (privileged architecture 1.12, table 4.2).
constexpr uint64_t kInterrupt = uint64_t{1} << 63;
enum Cause : uint64_t {
  kFetchMisaligned = 0,
  kFetchAccess = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadAccess = 5,
  kStoreMisaligned = 6,
  kStoreAccess = 7,
  kUserCall = 8,
  kFetchPageFault = 12,
  kLoadPageFault = 13,
  kStorePageFault = 15,
};

constexpr const char* kNames[] = {
    "misaligned instruction", "instruction access fault",
    "illegal instruction",    "breakpoint",
    "misaligned load",        "load access fault",
    "misaligned store",       "store access fault",
};

bool IsPageFault(const TrapFrame& frame) {
  return frame.cause == kFetchPageFault || frame.cause == kLoadPageFault ||
         frame.cause == kStorePageFault;
}

// Whether the mapping there permits what the page fault was about. Then the hart had remembered what
// was there before, the page or the path to it (4.2.1, SFENCE.VMA), and need only be told to look
// again.
bool IsPermitted(const TrapFrame& frame) {
  Mapping mapping;
  if (!Translate(CurrentRoot(), frame.value, &mapping)) return false;
  if (mapping.user != FromUser(frame)) return false;
  switch (frame.cause) {
    case kFetchPageFault:
      return mapping.protection == mm::Protection::kReadExecute;
    case kStorePageFault:
      return mapping.protection == mm::Protection::kReadWrite;
    default:
      return mapping.protection != mm::Protection::kNone;
  }
}

// The instruction that was refused, where the CPU tells it in stval, is one of the floating-point or
// vector units or reads their registers: these are off in kernel mode.
bool IsUnitInstruction(uint64_t instruction) {
  constexpr uint64_t kLoadFp = 0x07, kStoreFp = 0x27, kOpFp = 0x53, kOpVector = 0x57;
  constexpr uint64_t kMultiplyAdd = 0x43;  // to 0x4f
  constexpr uint64_t kSystem = 0x73;
  if ((instruction & 3) != 3) {
    // Compressed: FLD and FSD of quadrants 0 and 2.
    const uint64_t function = instruction >> 13 & 3;
    return (instruction & 1) == 0 && function == 1;
  }
  const uint64_t opcode = instruction & 0x7f;
  if (opcode == kSystem) {
    const uint64_t csr = instruction >> 20 & 0xfff;
    return (csr >= 0x001 && csr <= 0x00f) || (csr >= 0xc20 && csr <= 0xc22);
  }
  return opcode == kLoadFp || opcode == kStoreFp || opcode == kOpFp || opcode == kOpVector ||
         (opcode & 0x73) == kMultiplyAdd;
}

const char* NameOf(const TrapFrame& frame) {
  if (frame.cause == kIllegalInstruction && IsUnitInstruction(frame.value)) {
    return "FPU or vector instruction in kernel mode";
  }
  if (frame.cause < sizeof kNames / sizeof kNames[0]) return kNames[frame.cause];
  return "unknown trap";
}

void PrintRegisters(const void* context) {
  const auto& f = *static_cast<const TrapFrame*>(context);
  base::PanicLine("ra  %016lx  sp  %016lx  gp  %016lx  tp  %016lx", f.ra, f.sp, f.gp, f.tp);
  base::PanicLine("t0  %016lx  t1  %016lx  t2  %016lx  s0  %016lx", f.t0, f.t1, f.t2, f.s0);
  base::PanicLine("a0  %016lx  a1  %016lx  a2  %016lx  a3  %016lx", f.a[0], f.a[1], f.a[2], f.a[3]);
  base::PanicLine("a4  %016lx  a5  %016lx  a6  %016lx  a7  %016lx", f.a[4], f.a[5], f.a[6], f.a[7]);
  base::PanicLine("s1  %016lx  s2  %016lx  s3  %016lx  s4  %016lx", f.s1, f.s2, f.s3, f.s4);
  base::PanicLine("s5  %016lx  s6  %016lx  s7  %016lx  s8  %016lx", f.s5, f.s6, f.s7, f.s8);
  base::PanicLine("s9  %016lx  s10 %016lx  s11 %016lx  t3  %016lx", f.s9, f.s10, f.s11, f.t3);
  base::PanicLine("t4  %016lx  t5  %016lx  t6  %016lx  pc  %016lx", f.t4, f.t5, f.t6, f.pc);
  base::PanicLine("status %016lx  cause %lx  value %016lx  satp %016lx", f.status, f.cause, f.value,
                  ReadTranslation());
}

// Where the backtrace starts: the instruction, or, when a call went where there is no code, what
// that call would return to.
uint64_t CallerOf(const TrapFrame& frame) {
  const bool no_code = frame.cause == kFetchPageFault || frame.cause == kFetchAccess;
  return no_code ? frame.ra : frame.pc;
}

bool IsOnOverflowStack(const TrapFrame& frame) {
  const char* at = reinterpret_cast<const char*>(&frame);
  return at >= riscv64_overflow_stack && at < riscv64_overflow_stack_top;
}

[[noreturn]] void KernelTrap(const TrapFrame& frame) {
  char place[192];
  base::Symbolize(frame.pc, base::CodeAddress::kInstruction, place, sizeof place);
  const char* thread = sched::Name(sched::Current());
  base::PanicSite site{CallerOf(frame), frame.s0, PrintRegisters, &frame};
  if (IsOnOverflowStack(frame)) {
    base::PanicAt(site, "kernel stack overflow in thread %s; at %s", thread, place);
  }
  if (IsPageFault(frame)) {
    const char* what = frame.cause == kFetchPageFault   ? "execute"
                       : frame.cause == kStorePageFault ? "write"
                                                        : "read";
    Mapping mapping;
    const char* why =
        Translate(CurrentRoot(), frame.value, &mapping) ? "not permitted" : "not mapped";
    base::PanicAt(site, "page fault: %s at %#018lx, %s; at %s, thread %s", what, frame.value, why,
                  place, thread);
  }
  base::PanicAt(site, "%s at %s, thread %s", NameOf(frame), place, thread);
}

// Linux's signal numbers and codes for each exception, as signal(7) and sigaction(2) document them.
UserFault FaultOf(const TrapFrame& frame) {
  constexpr int kIllegalOpcode = 1, kBreakpointTrap = 1, kMisaligned = 1;
  constexpr int kNotMapped = 1, kNotPermitted = 2;
  switch (frame.cause) {
    case kFetchMisaligned:
    case kLoadMisaligned:
    case kStoreMisaligned:
      return {SIGBUS, kMisaligned, frame.value};
    case kIllegalInstruction:
      return {SIGILL, kIllegalOpcode, frame.pc};
    case kBreakpoint:
      return {SIGTRAP, kBreakpointTrap, frame.pc};
    case kFetchPageFault:
    case kLoadPageFault:
    case kStorePageFault: {
      // What the kernel has mapped where is nothing to tell by the code.
      Mapping mapping;
      const bool mapped =
          frame.value < UserEnd() && Translate(CurrentRoot(), frame.value, &mapping);
      return {SIGSEGV, mapped ? kNotPermitted : kNotMapped, frame.value};
    }
    default:
      return {SIGSEGV, kNotPermitted, frame.value};
  }
}

void HandleInterrupt(uint64_t number) {
  if (number == kTimerInterrupt) HandleTimerInterrupt();
  if (number == kExternalInterrupt) HandleExternalInterrupt();
  sched::PreemptFromInterrupt();
}

void HandleUserTrap(TrapFrame& frame) {
  SetStatus(kStatusInterrupts);
  if (frame.cause == kUserCall) {
    constexpr uint64_t kInstructionBytes = 4;  // of ECALL
    frame.pc += kInstructionBytes;
    frame.first_argument = frame.a[0];
    syscalls::Dispatch(frame);
  } else {
    proc::OnUserFault(frame, FaultOf(frame));
  }
}

}  // namespace
}  // namespace arch::riscv64

using namespace arch::riscv64;

// Interrupts are off on entry and on return.
extern "C" void riscv64_HandleTrap(TrapFrame* frame) {
  if (IsOnOverflowStack(*frame)) KernelTrap(*frame);
  if (IsPageFault(*frame) && IsPermitted(*frame)) {
    arch::FlushAll();
    return;
  }
  if (frame->cause & kInterrupt) {
    HandleInterrupt(frame->cause & ~kInterrupt);
    if (!FromUser(*frame)) return;
    SetStatus(kStatusInterrupts);
  } else if (FromUser(*frame)) {
    HandleUserTrap(*frame);
  } else {
    KernelTrap(*frame);
  }
  proc::BeforeUser(*frame);
  ClearStatus(kStatusInterrupts);
}
