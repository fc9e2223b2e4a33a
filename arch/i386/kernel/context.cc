// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/context.h"

#include "arch/i386/kernel/descriptors.h"
#include "arch/i386/kernel/registers.h"
#include "arch/i386/kernel/user_state.h"
#include "arch/x86/kernel/vector_state.h"

extern "C" void i386_SwitchStacks(uint32_t* save, uint32_t to);

namespace arch {

using namespace x86;

namespace {

// What i386_SwitchStacks leaves above the stack pointer.
struct SavedStack {
  uint32_t edi, esi, ebx, ebp, ip;
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
  SegmentsOf(context) = {};
  mm::VirtAddr top = (high - sizeof(UserSegments) - VectorStateBytes()) & ~(kVectorAlign - 1);
  context.vector_state = reinterpret_cast<void*>(top);
  context.kernel_entry_stack = top;
  // Function entry sees a stack 4 below a multiple of 16, as after a call; the null return address
  // and frame pointer end the call chain.
  auto* words = reinterpret_cast<uint32_t*>(top);
  *--words = 0;
  auto* saved = reinterpret_cast<SavedStack*>(words) - 1;
  *saved = {};
  saved->ip = reinterpret_cast<uintptr_t>(entry);
  context.stack_pointer = reinterpret_cast<uintptr_t>(saved);
}

void SwitchContext(Context& from, Context& to) {
  if (from.user) {
    SaveVectorState(from.vector_state);
    SaveSelectors(&SegmentsOf(from));
  }
  running = &to;
  if (to.kernel_entry_stack) SetKernelEntryStack(to.kernel_entry_stack);
  if (to.user) {
    LoadVectorState(to.vector_state);
    LoadSegments(SegmentsOf(to));
  }
  i386_SwitchStacks(&from.stack_pointer, to.stack_pointer);
}

CallFrame SavedCallFrame(const Context& context) {
  const auto* saved = reinterpret_cast<const SavedStack*>(context.stack_pointer);
  return {saved->ip, saved->ebp};
}

void AdoptContext(Context& context) { running = &context; }

}  // namespace arch
