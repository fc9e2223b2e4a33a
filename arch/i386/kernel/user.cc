// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/user.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/i386/kernel/registers.h"
#include "arch/i386/kernel/trap_frame.h"
#include "arch/i386/kernel/user_state.h"
#include "arch/x86/kernel/vector_state.h"
#include "kernel/base/panic.h"

extern "C" [[noreturn]] void i386_ResumeUser(const arch::UserContext* context,
                                             uint32_t entry_stack);

namespace arch {

using namespace x86;

namespace {

constexpr uint32_t kInstructionBytes = 2;  // of INT 0x80

}  // namespace

struct UserSnapshot {
  alignas(kVectorAlign) char vector_state[kVectorMostBytes];
  UserContext registers;
  UserSegments segments;
};

size_t UserSnapshotBytes() { return sizeof(UserSnapshot); }

void SaveUser(const UserContext& context, UserSnapshot* to) {
  bool on = DisableInterrupts();
  SaveVectorState(to->vector_state);
  RestoreInterrupts(on);
  to->registers = context;
  to->segments = SegmentsOf(*RunningContext());
  SaveSelectors(&to->segments);
}

void InitUser(uintptr_t entry, uintptr_t stack, UserSnapshot* to) {
  ResetVectorState(to->vector_state);
  to->registers = {};
  to->registers.eip = entry;
  to->registers.esp = stack;
  to->registers.eflags = UserFlags(0);
  to->registers.cs = kUserCode;
  to->registers.ss = kUserData;
  to->segments = {};
}

void SetSnapshotResult(UserSnapshot* snapshot, int64_t result) {
  snapshot->registers.eax = static_cast<uint32_t>(result);
}

void SetSnapshotStack(UserSnapshot* snapshot, uintptr_t stack) { snapshot->registers.esp = stack; }

void SetSnapshotThreadPointer(UserSnapshot* snapshot, uintptr_t value) {
  SetTlsBase(snapshot->segments, value);
}

void EnterUser(const UserSnapshot* snapshot) {
  DisableInterrupts();
  Context& context = *RunningContext();
  BASE_CHECK(context.kernel_entry_stack);
  context.user = true;
  SegmentsOf(context) = snapshot->segments;
  LoadSegments(snapshot->segments);
  LoadVectorState(snapshot->vector_state);
  // On the stack, at a lower place than the one it is moved to.
  UserContext registers = snapshot->registers;
  // A child's is what its parent was in the kernel with: see ReturnToUser.
  registers.ss = kUserData;
  i386_ResumeUser(&registers, context.kernel_entry_stack);
}

uintptr_t ThreadPointer() {
  UserSegments segments = SegmentsOf(*RunningContext());
  SaveSelectors(&segments);
  return TlsBase(segments);
}

void SetThreadPointer(uintptr_t value) {
  bool on = DisableInterrupts();
  UserSegments& segments = SegmentsOf(*RunningContext());
  SaveSelectors(&segments);
  SetTlsBase(segments, value);
  LoadSegments(segments);
  RestoreInterrupts(on);
}

uintptr_t ProgramCounter(const UserContext& context) { return context.eip; }
uintptr_t StackPointer(const UserContext& context) { return context.esp; }

uint64_t CallNumber(const UserContext& context) { return context.eax; }

uint64_t CallArgument(const UserContext& context, unsigned index) {
  switch (index) {
    case 0:
      return context.ebx;
    case 1:
      return context.ecx;
    case 2:
      return context.edx;
    case 3:
      return context.esi;
    case 4:
      return context.edi;
    default:
      return context.ebp;
  }
}

void SetCallResult(UserContext& context, int64_t result) {
  context.eax = static_cast<uint32_t>(result);
}

void RestartCall(UserContext& context, uint64_t number) {
  context.eax = static_cast<uint32_t>(number);
  context.eip -= kInstructionBytes;
}

}  // namespace arch
