// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/sched/scheduler.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/timer.h"
#include "kernel/base/clock.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"
#include "kernel/sched/thread_internal.h"

namespace sched {

using base::Errno;
using base::Error;

namespace {

constexpr unsigned kTicksPerSecond = 250;

constinit Thread idle_thread;
// Before Init the running code counts as the idle thread, so that a panic can name it.
constinit Thread* current = &idle_thread;
constinit Thread* all_threads = nullptr;
constinit WaitQueue run_queue;
constinit Thread* first_deadline = nullptr;
constinit Thread* ending = nullptr;  // switched away from for the last time
constinit bool reschedule = false;

void RemoveDeadline(Thread* thread) {
  if (thread->deadline == Thread::kNever) return;
  if (thread->next_deadline) thread->next_deadline->previous_deadline = thread->previous_deadline;
  (thread->previous_deadline ? thread->previous_deadline->next_deadline : first_deadline) =
      thread->next_deadline;
  thread->deadline = Thread::kNever;
}

void AddDeadline(Thread* thread, uint64_t deadline) {
  thread->deadline = deadline;
  if (deadline == Thread::kNever) return;
  Thread* before = nullptr;
  Thread* after = first_deadline;
  while (after && after->deadline <= deadline) {
    before = after;
    after = after->next_deadline;
  }
  thread->previous_deadline = before;
  thread->next_deadline = after;
  if (after) after->previous_deadline = thread;
  (before ? before->next_deadline : first_deadline) = thread;
}

void OnTick() {
  scheduler_lock.Acquire();
  if (first_deadline) {
    uint64_t now = base::NowNs();
    while (first_deadline && first_deadline->deadline <= now) {
      WakeLocked(first_deadline, Errno(ETIMEDOUT));
    }
  }
  // A tick is a time slice.
  if (Thread::First(run_queue)) reschedule = true;
  scheduler_lock.Release();
}

// With the lock held, on the stack of the thread switched to. A detached thread that ended is freed
// here, after the lock is released.
void FinishSwitch() {
  Thread* ended = ending;
  ending = nullptr;
  bool free_it = false;
  if (ended) {
    free_it = ended->detached;
    ended->finished = true;
    while (Thread* joiner = Thread::First(ended->joiners)) WakeLocked(joiner, Error::kOk);
  }
  scheduler_lock.Release();
  if (free_it) FreeThread(ended);
}

}  // namespace

constinit SchedulerLock scheduler_lock;

void Thread::Append(WaitQueue& queue, Thread* thread) {
  thread->next = nullptr;
  thread->previous = queue.last_;
  (queue.last_ ? queue.last_->next : queue.first_) = thread;
  queue.last_ = thread;
}

void Thread::Unlink(WaitQueue& queue, Thread* thread) {
  (thread->previous ? thread->previous->next : queue.first_) = thread->next;
  (thread->next ? thread->next->previous : queue.last_) = thread->previous;
}

Thread* Current() { return current; }

uint64_t CpuNs(const Thread* thread) {
  bool on = arch::DisableInterrupts();
  uint64_t cycles = thread->cycles;
  if (thread == current) cycles += arch::CycleCount() - thread->running_since;
  arch::RestoreInterrupts(on);
  return base::CyclesToNs(cycles);
}

void AddToAll(Thread* thread) {
  thread->next_thread = all_threads;
  thread->previous_thread = nullptr;
  if (all_threads) all_threads->previous_thread = thread;
  all_threads = thread;
}

void RemoveFromAll(Thread* thread) {
  if (thread->next_thread) thread->next_thread->previous_thread = thread->previous_thread;
  (thread->previous_thread ? thread->previous_thread->next_thread : all_threads) =
      thread->next_thread;
}

void MakeRunnable(Thread* thread) {
  thread->state = State::kRunnable;
  Thread::Append(run_queue, thread);
  // Others wait for the end of the slice.
  if (current == &idle_thread) reschedule = true;
}

void WakeLocked(Thread* thread, Error reason) {
  RemoveDeadline(thread);
  Thread::Unlink(*thread->waiting_on, thread);
  thread->waiting_on = nullptr;
  thread->wake_reason = reason;
  MakeRunnable(thread);
}

void SwitchAway() {
  Thread* from = current;
  Thread* to = Thread::First(run_queue);
  if (to) {
    Thread::Unlink(run_queue, to);
  } else {
    to = &idle_thread;
  }
  reschedule = false;
  to->state = State::kRunning;
  if (to == from) {
    scheduler_lock.Release();
    return;
  }
  if (from->state == State::kEnding) ending = from;
  uint64_t now = arch::CycleCount();
  from->cycles += now - from->running_since;
  to->running_since = now;
  current = to;
  mm::AddressSpace::Activate(to->space);
  arch::SwitchContext(from->context, to->context);
  FinishSwitch();
}

void FinishFirstSwitch() { FinishSwitch(); }

Error SleepLocked(WaitQueue& queue, bool interruptible, uint64_t deadline) {
  Thread* self = current;
  Error early = Error::kOk;
  if (self == &idle_thread) base::Panic("the idle thread would sleep");
  if (interruptible && self->interrupted) early = Errno(EINTR);
  if (base::Ok(early) && deadline != Thread::kNever && deadline <= base::NowNs()) {
    early = Errno(ETIMEDOUT);
  }
  if (!base::Ok(early)) {
    scheduler_lock.Release();
    return early;
  }
  self->interruptible = interruptible;
  self->waiting_on = &queue;
  self->state = State::kSleeping;
  Thread::Append(queue, self);
  AddDeadline(self, deadline);
  SwitchAway();
  return self->wake_reason;
}

void Init() {
  base::CopyString(idle_thread.name, "idle", sizeof idle_thread.name);
  idle_thread.state = State::kRunning;
  arch::AdoptContext(idle_thread.context);
  AddToAll(&idle_thread);
}

void StartTicking() { arch::StartTick(kTicksPerSecond, OnTick); }

void RunIdle() {
  arch::DisableInterrupts();
  scheduler_lock.Acquire();
  SwitchAway();
  for (;;) {
    // Whatever an interrupt makes runnable is switched to before the interrupt returns.
    arch::DisableInterrupts();
    arch::WaitForInterrupt();
  }
}

void PreemptFromInterrupt() {
  if (!reschedule) return;
  scheduler_lock.Acquire();
  if (current != &idle_thread) {
    current->state = State::kRunnable;
    Thread::Append(run_queue, current);
  }
  SwitchAway();
}

void Yield() {
  bool on = arch::DisableInterrupts();
  scheduler_lock.Acquire();
  if (current != &idle_thread) {
    current->state = State::kRunnable;
    Thread::Append(run_queue, current);
  }
  SwitchAway();
  arch::RestoreInterrupts(on);
}

bool IsStackGuard(mm::VirtAddr address) {
  mm::VirtAddr low = current->context.stack_low;
  return low && address < low && address >= low - mm::kPageSize;
}

namespace {

struct FrameWalk {
  FrameVisitor visit;
  void* context;
  const Thread* thread;
  bool stopped;
};

bool VisitCode(void* context, mm::VirtAddr address) {
  auto* walk = static_cast<FrameWalk*>(context);
  walk->stopped = !walk->visit(walk->context, walk->thread->id, walk->thread->name, address);
  return !walk->stopped;
}

}  // namespace

void ForEachFrame(FrameVisitor visit, void* context) {
  bool on = arch::DisableInterrupts();
  scheduler_lock.Acquire();
  FrameWalk walk{visit, context, nullptr, false};
  for (const Thread* thread = all_threads; thread && !walk.stopped; thread = thread->next_thread) {
    if (thread == current || thread->finished) continue;
    walk.thread = thread;
    mm::VirtAddr low = thread->context.stack_low;
    mm::VirtAddr high = low ? thread->context.stack_high : ~mm::VirtAddr{0};
    arch::CallFrame frame = arch::SavedCallFrame(thread->context);
    arch::WalkFrames(frame.ip, frame.fp, low, high, VisitCode, &walk);
    // A thread that has not run yet has its function nowhere on the stack.
    if (thread->function && !walk.stopped) {
      VisitCode(&walk, reinterpret_cast<mm::VirtAddr>(thread->function));
    }
  }
  scheduler_lock.Release();
  arch::RestoreInterrupts(on);
}

}  // namespace sched
