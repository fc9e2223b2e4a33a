// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/sched/thread.h"

#include <new>

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/clock.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/sched/thread_internal.h"

namespace sched {

using base::Errno;
using base::Error;

namespace {

constexpr size_t kStackBytes = size_t{32} << 10;
// The guard page below; the one above belongs to every reservation.
constexpr size_t kReservedBytes = kStackBytes + mm::kPageSize;

constinit std::atomic<uint32_t> last_id{0};

void ThreadEntry() {
  FinishFirstSwitch();
  arch::RestoreInterrupts(true);
  Thread* self = Current();
  self->function(self->argument);
  Exit();
}

// Interrupts off and the scheduler lock held, for a scope that does not switch.
class SchedulerGuard {
 public:
  SchedulerGuard() : on_(arch::DisableInterrupts()) { scheduler_lock.Acquire(); }
  ~SchedulerGuard() {
    scheduler_lock.Release();
    arch::RestoreInterrupts(on_);
  }
  SchedulerGuard(const SchedulerGuard&) = delete;
  SchedulerGuard& operator=(const SchedulerGuard&) = delete;

 private:
  bool on_;
};

}  // namespace

base::Result<Thread*> Start(const char* name, ThreadFunction function, void* argument) {
  void* memory = mm::Allocate(sizeof(Thread), alignof(Thread));
  if (!memory) return Errno(ENOMEM);
  auto stack = mm::ReserveKernelSpace(kReservedBytes, reinterpret_cast<mm::VirtAddr>(&ThreadEntry));
  if (!stack.ok()) {
    mm::Free(memory);
    return stack.error();
  }
  mm::VirtAddr low = stack.value() + mm::kPageSize;
  Error error = mm::MapKernel(low, kStackBytes);
  if (!base::Ok(error)) {
    mm::ReleaseKernelSpace(stack.value(), kReservedBytes);
    mm::Free(memory);
    return error;
  }
  auto* thread = new (memory) Thread;
  thread->id = ++last_id;
  base::CopyString(thread->name, name, sizeof thread->name);
  thread->function = function;
  thread->argument = argument;
  thread->stack_reservation = stack.value();
  arch::PrepareContext(thread->context, low, low + kStackBytes, ThreadEntry);

  SchedulerGuard guard;
  AddToAll(thread);
  MakeRunnable(thread);
  return thread;
}

void FreeThread(Thread* thread) {
  mm::UnmapKernel(thread->context.stack_low, kStackBytes);
  mm::ReleaseKernelSpace(thread->stack_reservation, kReservedBytes);
  thread->~Thread();
  mm::Free(thread);
}

void Exit() {
  arch::DisableInterrupts();
  scheduler_lock.Acquire();
  Thread* self = Current();
  RemoveFromAll(self);
  self->state = State::kEnding;
  SwitchAway();
  base::Panic("thread %s ran after its end", self->name);
}

void Join(Thread* thread) {
  bool on = arch::DisableInterrupts();
  for (;;) {
    scheduler_lock.Acquire();
    if (thread->finished) break;
    (void)SleepLocked(thread->joiners, false, Thread::kNever);
  }
  scheduler_lock.Release();
  arch::RestoreInterrupts(on);
  FreeThread(thread);
}

void Detach(Thread* thread) {
  bool finished;
  {
    SchedulerGuard guard;
    thread->detached = true;
    finished = thread->finished;
  }
  if (finished) FreeThread(thread);
}

void SetLocal(void* local) { Current()->local = local; }
void* Local() { return Current()->local; }

uint32_t Id(const Thread* thread) { return thread->id; }
const char* Name(const Thread* thread) { return thread->name; }

void SetProcess(proc::Process* process, mm::AddressSpace* space) {
  bool on = arch::DisableInterrupts();
  Thread* self = Current();
  self->process = process;
  self->space = space;
  mm::AddressSpace::Activate(space);
  arch::RestoreInterrupts(on);
}

proc::Process* CurrentProcess() { return Current()->process; }

void Interrupt(Thread* thread) {
  SchedulerGuard guard;
  thread->interrupted = true;
  if (thread->state == State::kSleeping && thread->interruptible) WakeLocked(thread, Errno(EINTR));
}

bool Interrupted() { return Current()->interrupted; }

void ClearInterrupt() {
  SchedulerGuard guard;
  Current()->interrupted = false;
}

uint64_t NowNs() { return base::NowNs(); }

Error SleepUntil(uint64_t deadline_ns, bool interruptible) {
  WaitQueue nobody_wakes;
  bool on = arch::DisableInterrupts();
  scheduler_lock.Acquire();
  Error reason = SleepLocked(nobody_wakes, interruptible, deadline_ns);
  arch::RestoreInterrupts(on);
  // The deadline is what was waited for.
  return reason == Errno(ETIMEDOUT) ? Error::kOk : reason;
}

}  // namespace sched
