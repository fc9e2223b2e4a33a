// SPDX-License-Identifier: BSD-2-Clause
//
// A thread and the queues it can be in. Everything below "guarded" is guarded by the scheduler
// lock, which is held with interrupts off across a switch: the thread switched to releases it.
#pragma once

#include <atomic>
#include <cstdint>

#include "arch/contract/kernel/context.h"
#include "kernel/base/result.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"

namespace sched {

enum class State : uint8_t { kRunnable, kRunning, kSleeping, kEnding };

struct Thread {
  static constexpr size_t kNameBytes = 32;
  static constexpr uint64_t kNever = ~uint64_t{0};

  arch::Context context;
  uint32_t id = 0;
  char name[kNameBytes] = {};
  ThreadFunction function = nullptr;
  void* argument = nullptr;
  void* local = nullptr;
  mm::VirtAddr stack_reservation = 0;
  proc::Process* process = nullptr;
  mm::AddressSpace* space = nullptr;
  unsigned mutexes = 0;  // that it holds

  // Guarded.
  State state = State::kRunnable;
  bool detached = false;
  bool finished = false;  // does not run on its stack any more
  bool interruptible = false;
  bool interrupted = false;
  uint64_t cycles = 0;         // of CPU time, but for the current run
  uint64_t running_since = 0;  // cycle count of the last switch to it
  base::Error wake_reason = base::Error::kOk;
  WaitQueue* waiting_on = nullptr;
  Thread* next = nullptr;  // in the run queue or a wait queue
  Thread* previous = nullptr;
  uint64_t deadline = kNever;
  Thread* next_deadline = nullptr;  // in the queue of deadlines, soonest first
  Thread* previous_deadline = nullptr;
  WaitQueue joiners;
  Thread* next_thread = nullptr;  // in the list of all threads
  Thread* previous_thread = nullptr;

  // WaitQueue's links are visible to struct Thread.
  static void Append(WaitQueue& queue, Thread* thread);
  static void Unlink(WaitQueue& queue, Thread* thread);
  static Thread* First(const WaitQueue& queue) { return queue.first_; }
};

// Interrupts are off whenever it is held.
class SchedulerLock {
 public:
  void Acquire() {
    while (held_.exchange(1, std::memory_order_acquire)) {
    }
  }
  void Release() { held_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint32_t> held_{0};
};
extern constinit SchedulerLock scheduler_lock;

// With the lock held: puts the running thread to sleep on `queue` and runs another. The lock is
// free on return, interrupts are off. `deadline` as in WaitQueue::Sleep.
base::Error SleepLocked(WaitQueue& queue, bool interruptible, uint64_t deadline);
// With the lock held: makes a sleeping thread runnable.
void WakeLocked(Thread* thread, base::Error reason);
// With the lock held, the running thread's state set: runs another thread, or returns when the
// scheduler comes back to this one. The lock is free on return, interrupts are off.
void SwitchAway();
// The first thing a new thread does.
void FinishFirstSwitch();

void AddToAll(Thread* thread);
void RemoveFromAll(Thread* thread);
void MakeRunnable(Thread* thread);
// The stack and the record of a thread that has finished.
void FreeThread(Thread* thread);

}  // namespace sched
