// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/user.h"

#include "arch/aarch64/kernel/registers.h"
#include "arch/aarch64/kernel/trap_frame.h"
#include "arch/aarch64/kernel/user_state.h"
#include "arch/aarch64/kernel/vector_state.h"
#include "arch/contract/kernel/cpu.h"
#include "kernel/base/panic.h"

extern "C" [[noreturn]] void aarch64_ResumeUser(const arch::UserContext* context,
                                                uint64_t entry_stack);

namespace arch {

using namespace aarch64;

namespace {

constexpr uint64_t kInstructionBytes = 4;
constexpr unsigned kCallNumber = 8;  // the register

}  // namespace

struct UserSnapshot {
  VectorState vectors;
  UserContext registers;
  uint64_t thread_pointer;
};

size_t UserSnapshotBytes() { return sizeof(UserSnapshot); }

void SaveUser(const UserContext& context, UserSnapshot* to) {
  bool on = DisableInterrupts();
  SaveVectorState(&to->vectors);
  RestoreInterrupts(on);
  to->registers = context;
  to->thread_pointer = ThreadPointer();
}

void InitUser(uintptr_t entry, uintptr_t stack, UserSnapshot* to) {
  to->vectors = {};
  to->registers = {};
  to->registers.pc = entry;
  to->registers.sp = stack;
  to->thread_pointer = 0;
}

void SetSnapshotResult(UserSnapshot* snapshot, int64_t result) {
  SetCallResult(snapshot->registers, result);
}

void SetSnapshotStack(UserSnapshot* snapshot, uintptr_t stack) { snapshot->registers.sp = stack; }

void SetSnapshotThreadPointer(UserSnapshot* snapshot, uintptr_t value) {
  snapshot->thread_pointer = value;
}

void EnterUser(const UserSnapshot* snapshot) {
  DisableInterrupts();
  Context& context = *RunningContext();
  BASE_CHECK(context.kernel_entry_stack);
  context.user = true;
  AARCH64_WRITE(tpidr_el0, snapshot->thread_pointer);
  LoadVectorState(snapshot->vectors);
  // On the stack, at a lower place than the one it is moved to.
  UserContext registers = snapshot->registers;
  aarch64_ResumeUser(&registers, context.kernel_entry_stack);
}

uintptr_t ThreadPointer() { return AARCH64_READ(tpidr_el0); }
void SetThreadPointer(uintptr_t value) { AARCH64_WRITE(tpidr_el0, value); }

uintptr_t ProgramCounter(const UserContext& context) { return context.pc; }
uintptr_t StackPointer(const UserContext& context) { return context.sp; }

uint64_t CallNumber(const UserContext& context) { return context.x[kCallNumber]; }
uint64_t CallArgument(const UserContext& context, unsigned index) {
  return index == 0 ? context.first_argument : context.x[index];
}

void SetCallResult(UserContext& context, int64_t result) {
  context.x[0] = static_cast<uint64_t>(result);
}

void RestartCall(UserContext& context, uint64_t number) {
  context.x[0] = context.first_argument;
  context.x[kCallNumber] = number;
  context.pc -= kInstructionBytes;
}

}  // namespace arch
