// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/user.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/riscv64/kernel/registers.h"
#include "arch/riscv64/kernel/trap_frame.h"
#include "arch/riscv64/kernel/user_state.h"
#include "arch/riscv64/kernel/vector_state.h"
#include "kernel/base/panic.h"

extern "C" [[noreturn]] void riscv64_ResumeUser(const arch::UserContext* context,
                                                uint64_t entry_stack);

namespace arch {

using namespace riscv64;

namespace {

constexpr uint64_t kInstructionBytes = 4;  // of ECALL

// Where the running thread's trap from user mode has left its registers.
UserContext& UserFrame() {
  return *(reinterpret_cast<UserContext*>(RunningContext()->kernel_entry_stack) - 1);
}

}  // namespace

struct UserSnapshot {
  alignas(kVectorAlign) char vector_state[kVectorMostBytes];
  UserContext registers;
};

size_t UserSnapshotBytes() { return sizeof(UserSnapshot); }

void SaveUser(const UserContext& context, UserSnapshot* to) {
  bool on = DisableInterrupts();
  SaveVectorState(to->vector_state);
  RestoreInterrupts(on);
  to->registers = context;
}

void InitUser(uintptr_t entry, uintptr_t stack, UserSnapshot* to) {
  ResetVectorState(to->vector_state);
  to->registers = {};
  to->registers.pc = entry;
  to->registers.sp = stack;
  to->registers.status = kStatusPreviousInterrupts | kStatusUser64 | VectorStatusBits();
}

void SetSnapshotResult(UserSnapshot* snapshot, int64_t result) {
  snapshot->registers.a[0] = static_cast<uint64_t>(result);
}

void SetSnapshotStack(UserSnapshot* snapshot, uintptr_t stack) { snapshot->registers.sp = stack; }

void SetSnapshotThreadPointer(UserSnapshot* snapshot, uintptr_t value) {
  snapshot->registers.tp = value;
}

void EnterUser(const UserSnapshot* snapshot) {
  DisableInterrupts();
  Context& context = *RunningContext();
  BASE_CHECK(context.kernel_entry_stack);
  context.user = true;
  LoadVectorState(snapshot->vector_state);
  // On the stack, at a lower place than the one it is moved to.
  UserContext registers = snapshot->registers;
  riscv64_ResumeUser(&registers, context.kernel_entry_stack);
}

uintptr_t ThreadPointer() { return UserFrame().tp; }
void SetThreadPointer(uintptr_t value) { UserFrame().tp = value; }

uintptr_t ProgramCounter(const UserContext& context) { return context.pc; }
uintptr_t StackPointer(const UserContext& context) { return context.sp; }

uint64_t CallNumber(const UserContext& context) { return context.a[7]; }
uint64_t CallArgument(const UserContext& context, unsigned index) { return context.a[index]; }

void SetCallResult(UserContext& context, int64_t result) {
  context.a[0] = static_cast<uint64_t>(result);
}

void RestartCall(UserContext& context, uint64_t number) {
  context.a[0] = context.first_argument;
  context.a[7] = number;
  context.pc -= kInstructionBytes;
}

}  // namespace arch
