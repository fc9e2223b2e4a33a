// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/context.h"

#include "arch/aarch64/kernel/registers.h"
#include "arch/aarch64/kernel/user_state.h"
#include "arch/aarch64/kernel/vector_state.h"

extern "C" void aarch64_SwitchStacks(uint64_t* save, uint64_t to);

namespace arch {

using namespace aarch64;

namespace {

// What aarch64_SwitchStacks leaves above the stack pointer.
struct SavedStack {
  uint64_t x29, x30;
  uint64_t x19_to_x28[10];
};
static_assert(sizeof(SavedStack) == 96);

constinit Context* running = nullptr;

VectorState& VectorsOf(const Context& context) {
  return *static_cast<VectorState*>(context.vector_state);
}

}  // namespace

namespace aarch64 {

Context* RunningContext() { return running; }

}  // namespace aarch64

void PrepareContext(Context& context, mm::VirtAddr low, mm::VirtAddr high, void (*entry)()) {
  context = {};
  context.stack_low = low;
  context.stack_high = high;
  mm::VirtAddr top = (high - sizeof(VectorState)) & ~(alignof(VectorState) - 1);
  context.vector_state = reinterpret_cast<void*>(top);
  context.kernel_entry_stack = top;
  // A null frame pointer ends the call chain.
  auto* saved = reinterpret_cast<SavedStack*>(top) - 1;
  *saved = {};
  saved->x30 = reinterpret_cast<uint64_t>(entry);
  context.stack_pointer = reinterpret_cast<uint64_t>(saved);
}

// A trap from user mode finds the stack pointer where the last return to it has left it: at
// kernel_entry_stack.
void SwitchContext(Context& from, Context& to) {
  if (from.user) {
    SaveVectorState(&VectorsOf(from));
    // A program sets it without the kernel.
    from.thread_pointer = AARCH64_READ(tpidr_el0);
  }
  running = &to;
  if (to.user) {
    LoadVectorState(VectorsOf(to));
    AARCH64_WRITE(tpidr_el0, to.thread_pointer);
  }
  aarch64_SwitchStacks(&from.stack_pointer, to.stack_pointer);
}

CallFrame SavedCallFrame(const Context& context) {
  const auto* saved = reinterpret_cast<const SavedStack*>(context.stack_pointer);
  return {saved->x30, saved->x29};
}

void AdoptContext(Context& context) { running = &context; }

}  // namespace arch
