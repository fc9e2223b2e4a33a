// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/context.h"

#include "arch/x86/kernel/vector_state.h"
#include "arch/x86_64/kernel/descriptors.h"
#include "arch/x86_64/kernel/registers.h"
#include "arch/x86_64/kernel/user_state.h"

extern "C" void x86_64_SwitchStacks(uint64_t* save, uint64_t to);

namespace arch {

using namespace x86;

namespace {

// What x86_64_SwitchStacks leaves above the stack pointer.
struct SavedStack {
  uint64_t r15, r14, r13, r12, rbx, rbp, ip;
};

constinit Context* running = nullptr;

}  // namespace

namespace x86 {

Context* RunningContext() { return running; }

}  // namespace x86

void PrepareContext(Context& context, mm::VirtAddr low, mm::VirtAddr high, void (*entry)()) {
  context = {};
  context.stack_low = low;
  context.stack_high = high;
  mm::VirtAddr top = (high - VectorStateBytes()) & ~(kVectorAlign - 1);
  context.vector_state = reinterpret_cast<void*>(top);
  context.kernel_entry_stack = top;
  // Function entry sees a stack 8 below a multiple of 16, as after a call; the null return address
  // and frame pointer end the call chain.
  auto* words = reinterpret_cast<uint64_t*>(top);
  *--words = 0;
  *--words = 0;
  auto* saved = reinterpret_cast<SavedStack*>(words + 1) - 1;
  *saved = {};
  saved->ip = reinterpret_cast<uint64_t>(entry);
  context.stack_pointer = reinterpret_cast<uint64_t>(saved);
}

void SwitchContext(Context& from, Context& to) {
  if (from.user) SaveVectorState(from.vector_state);
  running = &to;
  if (to.kernel_entry_stack) SetKernelEntryStack(to.kernel_entry_stack);
  if (to.user) {
    LoadVectorState(to.vector_state);
    WriteMsr(kMsrFsBase, to.thread_pointer);
    WriteMsr(kMsrGsBase, to.second_pointer);
  }
  x86_64_SwitchStacks(&from.stack_pointer, to.stack_pointer);
}

CallFrame SavedCallFrame(const Context& context) {
  const auto* saved = reinterpret_cast<const SavedStack*>(context.stack_pointer);
  return {saved->ip, saved->rbp};
}

void AdoptContext(Context& context) { running = &context; }

}  // namespace arch
