// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/context.h"

#include "arch/riscv64/kernel/cpu_state.h"
#include "arch/riscv64/kernel/user_state.h"
#include "arch/riscv64/kernel/vector_state.h"

extern "C" {
void riscv64_SwitchStacks(uint64_t* save, uint64_t to);
void riscv64_ThreadStart();
}

namespace arch {

using namespace riscv64;

namespace {

// What riscv64_SwitchStacks leaves above the stack pointer.
struct SavedStack {
  uint64_t ra, s[12], padding;
};
static_assert(sizeof(SavedStack) == 112);

constinit Context* running = nullptr;

void MakeRunning(Context& context) {
  running = &context;
  cpu_state.entry_stack = context.kernel_entry_stack;
  cpu_state.stack_low = context.stack_low;
}

}  // namespace

namespace riscv64 {

Context* RunningContext() { return running; }

}  // namespace riscv64

void PrepareContext(Context& context, mm::VirtAddr low, mm::VirtAddr high, void (*entry)()) {
  context = {};
  context.stack_low = low;
  context.stack_high = high;
  const mm::VirtAddr top = (high - VectorStateBytes()) & ~(kVectorAlign - 1);
  context.vector_state = reinterpret_cast<void*>(top);
  context.kernel_entry_stack = top;
  auto* saved = reinterpret_cast<SavedStack*>(top) - 1;
  *saved = {};
  saved->ra = reinterpret_cast<uint64_t>(&riscv64_ThreadStart);
  saved->s[1] = reinterpret_cast<uint64_t>(entry);
  context.stack_pointer = reinterpret_cast<uint64_t>(saved);
}

void SwitchContext(Context& from, Context& to) {
  if (from.user) SaveVectorState(from.vector_state);
  MakeRunning(to);
  if (to.user) LoadVectorState(to.vector_state);
  riscv64_SwitchStacks(&from.stack_pointer, to.stack_pointer);
}

CallFrame SavedCallFrame(const Context& context) {
  const auto* saved = reinterpret_cast<const SavedStack*>(context.stack_pointer);
  return {saved->ra, saved->s[0]};
}

void AdoptContext(Context& context) { MakeRunning(context); }

}  // namespace arch
