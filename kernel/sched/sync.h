// SPDX-License-Identifier: BSD-2-Clause
//
// Locks and waiting. One CPU runs today; the types are written so that more can follow.
//
//   SpinLock     short, with interrupts off; usable in interrupt handlers.
//   Mutex        sleeps; owner known; recursive locking is a panic.
//   Condition    a queue of waiting threads used with a Mutex; Wait may be interrupted by a signal
//                when asked to be.
//
// Whoever holds a SpinLock does not sleep, allocate, print or call foreign code.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/base/result.h"

namespace sched {

struct Thread;

class SpinLock {
 public:
  void Lock();
  void Unlock();

 private:
  friend class WaitQueue;
  std::atomic<uint32_t> held_{0};                     // a word: not every CPU exchanges bytes
  [[maybe_unused]] bool interrupts_were_on_ = false;  // on the host nothing interrupts
};

// Intrusive FIFO of sleeping threads; not a lock. Used by the types below and by devices that wake
// from interrupt handlers.
class WaitQueue {
 public:
  // Atomically releases `lock`, sleeps, and takes it again. EINTR when `interruptible` and a signal
  // is pending; ETIMEDOUT at `deadline_ns` (monotonic; ~0 = never).
  base::Error Sleep(SpinLock& lock, bool interruptible = false,
                    uint64_t deadline_ns = ~uint64_t{0});
  void WakeOne();  // callable from interrupt handlers, the caller holds the lock given to Sleep
  void WakeAll();

 private:
  friend struct Thread;
  Thread* first_ = nullptr;
  Thread* last_ = nullptr;
};

class Mutex {
 public:
  void Lock();
  [[nodiscard]] bool TryLock();
  void Unlock();
  bool HeldByCurrent() const;

 private:
  friend class Condition;
  SpinLock lock_;
  Thread* owner_ = nullptr;
  WaitQueue waiters_;
};

// By the current thread: for assertions of who may not hold any.
unsigned MutexesHeld();

class Condition {
 public:
  base::Error Wait(Mutex& mutex, bool interruptible = false, uint64_t deadline_ns = ~uint64_t{0});
  void Signal();
  void Broadcast();

 private:
  SpinLock lock_;
  WaitQueue waiters_;
};

template <class Lock>
class [[nodiscard]] Guard {
 public:
  explicit Guard(Lock& lock) : lock_(lock) { lock_.Lock(); }
  ~Guard() { lock_.Unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Lock& lock_;
};

}  // namespace sched
