// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/user.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/x86/kernel/vector_state.h"
#include "arch/x86_64/kernel/registers.h"
#include "arch/x86_64/kernel/trap_frame.h"
#include "arch/x86_64/kernel/user_state.h"
#include "kernel/base/panic.h"

extern "C" [[noreturn]] void x86_64_ResumeUser(const arch::UserContext* context,
                                               uint64_t entry_stack);

namespace arch {

using namespace x86;

namespace {

constexpr uint64_t kInstructionBytes = 2;  // of SYSCALL

}  // namespace

struct UserSnapshot {
  alignas(kVectorAlign) char vector_state[kVectorMostBytes];
  UserContext registers;
  uint64_t thread_pointer;
  uint64_t second_pointer;
};

namespace x86 {

uint64_t UserFlags(uint64_t wanted) { return (wanted & kUserFlags) | kFlagInterrupts | 2; }

uint64_t SecondPointer() { return RunningContext()->second_pointer; }

void SetSecondPointer(uint64_t value) {
  bool on = DisableInterrupts();
  RunningContext()->second_pointer = value;
  WriteMsr(kMsrGsBase, value);
  RestoreInterrupts(on);
}

}  // namespace x86

size_t UserSnapshotBytes() { return sizeof(UserSnapshot); }

void SaveUser(const UserContext& context, UserSnapshot* to) {
  bool on = DisableInterrupts();
  SaveVectorState(to->vector_state);
  RestoreInterrupts(on);
  to->registers = context;
  to->thread_pointer = RunningContext()->thread_pointer;
  to->second_pointer = RunningContext()->second_pointer;
}

void InitUser(uintptr_t entry, uintptr_t stack, UserSnapshot* to) {
  ResetVectorState(to->vector_state);
  to->registers = {};
  to->registers.rip = entry;
  to->registers.rsp = stack;
  to->registers.rflags = UserFlags(0);
  to->registers.cs = kUserCode;
  to->registers.ss = kUserData;
  to->thread_pointer = 0;
  to->second_pointer = 0;
}

void SetSnapshotResult(UserSnapshot* snapshot, int64_t result) {
  snapshot->registers.rax = static_cast<uint64_t>(result);
}

void SetSnapshotStack(UserSnapshot* snapshot, uintptr_t stack) { snapshot->registers.rsp = stack; }

void SetSnapshotThreadPointer(UserSnapshot* snapshot, uintptr_t value) {
  snapshot->thread_pointer = value;
}

void EnterUser(const UserSnapshot* snapshot) {
  DisableInterrupts();
  Context& context = *RunningContext();
  BASE_CHECK(context.kernel_entry_stack);
  context.user = true;
  context.thread_pointer = snapshot->thread_pointer;
  context.second_pointer = snapshot->second_pointer;
  WriteMsr(kMsrFsBase, context.thread_pointer);
  WriteMsr(kMsrGsBase, context.second_pointer);
  LoadVectorState(snapshot->vector_state);
  // On the stack, at a lower place than the one it is moved to.
  UserContext registers = snapshot->registers;
  x86_64_ResumeUser(&registers, context.kernel_entry_stack);
}

uintptr_t ThreadPointer() { return RunningContext()->thread_pointer; }

void SetThreadPointer(uintptr_t value) {
  bool on = DisableInterrupts();
  RunningContext()->thread_pointer = value;
  WriteMsr(kMsrFsBase, value);
  RestoreInterrupts(on);
}

uintptr_t ProgramCounter(const UserContext& context) { return context.rip; }
uintptr_t StackPointer(const UserContext& context) { return context.rsp; }

uint64_t CallNumber(const UserContext& context) { return context.rax; }

uint64_t CallArgument(const UserContext& context, unsigned index) {
  switch (index) {
    case 0:
      return context.rdi;
    case 1:
      return context.rsi;
    case 2:
      return context.rdx;
    case 3:
      return context.r10;
    case 4:
      return context.r8;
    default:
      return context.r9;
  }
}

void SetCallResult(UserContext& context, int64_t result) {
  context.rax = static_cast<uint64_t>(result);
}

void RestartCall(UserContext& context, uint64_t number) {
  context.rax = number;
  context.rip -= kInstructionBytes;
}

}  // namespace arch
