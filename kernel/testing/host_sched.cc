// SPDX-License-Identifier: BSD-2-Clause
//
// kernel/sched over std::thread. A sleeping thread waits on a condition variable of its own; queues
// keep the intrusive lists of the real ones. One host mutex guards all lists and flags.

#include <time.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "kernel/kpi/errno.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"

namespace sched {

struct Thread {
  std::string name;
  uint32_t id = 0;
  std::thread host;
  std::condition_variable wake;
  Thread* next = nullptr;
  bool queued = false;
  bool interrupted = false;
  proc::Process* process = nullptr;
};

namespace {

std::mutex g_lock;
std::atomic<uint32_t> g_next_id{1};
thread_local Thread* t_current = nullptr;
struct ThreadExit {};

const auto g_start = std::chrono::steady_clock::now();

}  // namespace

Thread* Current() {
  // A thread that the test started itself.
  thread_local Thread own;
  if (!t_current) {
    t_current = &own;
    own.name = "host";
    own.id = g_next_id++;
  }
  return t_current;
}

void SpinLock::Lock() {
  while (held_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
}
void SpinLock::Unlock() { held_.store(false, std::memory_order_release); }

base::Error WaitQueue::Sleep(SpinLock& lock, bool interruptible, uint64_t deadline_ns) {
  Thread* const self = Current();
  base::Error result = base::Error::kOk;
  {
    std::unique_lock host(g_lock);
    self->next = nullptr;
    self->queued = true;
    (last_ ? last_->next : first_) = self;
    last_ = self;
    lock.Unlock();
    const auto done = [&] { return !self->queued || (interruptible && self->interrupted); };
    if (deadline_ns == ~uint64_t{0}) {
      self->wake.wait(host, done);
    } else if (!self->wake.wait_until(host, g_start + std::chrono::nanoseconds(deadline_ns),
                                      done)) {
      result = base::Errno(ETIMEDOUT);
    }
    if (self->queued) {
      if (base::Ok(result)) result = base::Errno(EINTR);
      Thread* before = nullptr;
      for (Thread* at = first_; at != self; at = at->next) before = at;
      (before ? before->next : first_) = self->next;
      if (last_ == self) last_ = before;
      self->queued = false;
    }
  }
  lock.Lock();
  return result;
}

void WaitQueue::WakeOne() {
  const std::lock_guard host(g_lock);
  Thread* const thread = first_;
  if (!thread) return;
  first_ = thread->next;
  if (!first_) last_ = nullptr;
  thread->queued = false;
  thread->wake.notify_all();
}

void WaitQueue::WakeAll() {
  const std::lock_guard host(g_lock);
  for (Thread* thread = first_; thread; thread = thread->next) {
    thread->queued = false;
    thread->wake.notify_all();
  }
  first_ = last_ = nullptr;
}

void Mutex::Lock() {
  lock_.Lock();
  if (owner_ == Current()) std::abort();
  while (owner_) (void)waiters_.Sleep(lock_);
  owner_ = Current();
  lock_.Unlock();
}

bool Mutex::TryLock() {
  lock_.Lock();
  const bool taken = !owner_;
  if (taken) owner_ = Current();
  lock_.Unlock();
  return taken;
}

void Mutex::Unlock() {
  lock_.Lock();
  if (owner_ != Current()) std::abort();
  owner_ = nullptr;
  waiters_.WakeOne();
  lock_.Unlock();
}

bool Mutex::HeldByCurrent() const { return owner_ == Current(); }

base::Error Condition::Wait(Mutex& mutex, bool interruptible, uint64_t deadline_ns) {
  lock_.Lock();
  mutex.Unlock();
  const base::Error result = waiters_.Sleep(lock_, interruptible, deadline_ns);
  lock_.Unlock();
  mutex.Lock();
  return result;
}

void Condition::Signal() {
  lock_.Lock();
  waiters_.WakeOne();
  lock_.Unlock();
}

void Condition::Broadcast() {
  lock_.Lock();
  waiters_.WakeAll();
  lock_.Unlock();
}

base::Result<Thread*> Start(const char* name, ThreadFunction function, void* argument) {
  Thread* const thread = new Thread;
  thread->name = name;
  thread->id = g_next_id++;
  thread->host = std::thread([=] {
    t_current = thread;
    try {
      function(argument);
    } catch (const ThreadExit&) {
    }
  });
  return thread;
}

void Join(Thread* thread) {
  thread->host.join();
  delete thread;
}

void Detach(Thread* thread) { thread->host.detach(); }
void Exit() { throw ThreadExit{}; }
uint32_t Id(const Thread* thread) { return thread->id; }
const char* Name(const Thread* thread) { return thread->name.c_str(); }
void Yield() { std::this_thread::yield(); }

void SetProcess(proc::Process* process, mm::AddressSpace*) { Current()->process = process; }
proc::Process* CurrentProcess() { return Current()->process; }

void Interrupt(Thread* thread) {
  const std::lock_guard host(g_lock);
  thread->interrupted = true;
  thread->wake.notify_all();
}

bool Interrupted() {
  const std::lock_guard host(g_lock);
  return Current()->interrupted;
}

void ClearInterrupt() {
  const std::lock_guard host(g_lock);
  Current()->interrupted = false;
}

uint64_t CpuNs(const Thread*) {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * uint64_t{1000000000} + now.tv_nsec;
}

uint64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() -
                                                              g_start)
      .count();
}

base::Error SleepUntil(uint64_t deadline_ns, bool interruptible) {
  SpinLock lock;
  WaitQueue queue;
  lock.Lock();
  const base::Error error = queue.Sleep(lock, interruptible, deadline_ns);
  lock.Unlock();
  return error == base::Errno(ETIMEDOUT) ? base::Error::kOk : error;
}

}  // namespace sched
