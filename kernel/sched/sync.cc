// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/sched/sync.h"

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/panic.h"
#include "kernel/sched/thread_internal.h"

namespace sched {

using base::Error;

void SpinLock::Lock() {
  // Nobody holds one this long: it was taken twice, or never released.
  constexpr uint64_t kTooManyTries = uint64_t{1} << 28;
  bool on = arch::DisableInterrupts();
  for (uint64_t tries = 0; held_.exchange(1, std::memory_order_acquire); tries++) {
    if (tries == kTooManyTries) base::Panic("spin lock %p is never released", this);
  }
  interrupts_were_on_ = on;
}

void SpinLock::Unlock() {
  bool on = interrupts_were_on_;
  held_.store(0, std::memory_order_release);
  arch::RestoreInterrupts(on);
}

// Interrupts stay off from the caller's Lock to the switch, whatever lock is released when.
Error WaitQueue::Sleep(SpinLock& lock, bool interruptible, uint64_t deadline_ns) {
  bool on = lock.interrupts_were_on_;
  scheduler_lock.Acquire();
  lock.held_.store(0, std::memory_order_release);
  Error reason = SleepLocked(*this, interruptible, deadline_ns);
  while (lock.held_.exchange(1, std::memory_order_acquire)) {
  }
  lock.interrupts_were_on_ = on;
  return reason;
}

void WaitQueue::WakeOne() {
  bool on = arch::DisableInterrupts();
  scheduler_lock.Acquire();
  if (first_) WakeLocked(first_, Error::kOk);
  scheduler_lock.Release();
  arch::RestoreInterrupts(on);
}

void WaitQueue::WakeAll() {
  bool on = arch::DisableInterrupts();
  scheduler_lock.Acquire();
  while (first_) WakeLocked(first_, Error::kOk);
  scheduler_lock.Release();
  arch::RestoreInterrupts(on);
}

void Mutex::Lock() {
  Thread* self = Current();
  Guard guard(lock_);
  if (owner_ == self) base::Panic("mutex %p locked twice by thread %s", this, Name(self));
  while (owner_) (void)waiters_.Sleep(lock_);
  owner_ = self;
  self->mutexes++;
}

bool Mutex::TryLock() {
  Guard guard(lock_);
  if (owner_) return false;
  owner_ = Current();
  owner_->mutexes++;
  return true;
}

void Mutex::Unlock() {
  Guard guard(lock_);
  if (owner_ != Current()) {
    base::Panic("mutex %p unlocked by thread %s, which does not hold it", this, Name(Current()));
  }
  owner_->mutexes--;
  owner_ = nullptr;
  waiters_.WakeOne();
}

unsigned MutexesHeld() { return Current()->mutexes; }

bool Mutex::HeldByCurrent() const { return owner_ == Current(); }

Error Condition::Wait(Mutex& mutex, bool interruptible, uint64_t deadline_ns) {
  Error reason;
  {
    // Taken before the mutex is released, so no signal can come in between.
    Guard guard(lock_);
    mutex.Unlock();
    reason = waiters_.Sleep(lock_, interruptible, deadline_ns);
  }
  mutex.Lock();
  return reason;
}

void Condition::Signal() {
  Guard guard(lock_);
  waiters_.WakeOne();
}

void Condition::Broadcast() {
  Guard guard(lock_);
  waiters_.WakeAll();
}

}  // namespace sched
