// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kpi/time.h"

#include <atomic>

#include "arch/contract/kernel/timer.h"
#include "kernel/base/new.h"
#include "kernel/base/panic.h"
#include "kernel/dynlink/owner.h"
#include "kernel/kpi/errno.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"

struct ktimer {
  kld::Registration registration;
  void (*function)(void*) = nullptr;
  void* argument = nullptr;

  // Guarded by the mutex of all timers.
  bool armed = false;
  uint64_t deadline = 0;
  uint64_t period = 0;
  ktimer* next = nullptr;  // of the armed ones, soonest first
};

namespace {

using Guard = sched::Guard<sched::Mutex>;

constexpr uint64_t kNsPerSecond = 1'000'000'000;
// When to look again after a timer whose file is perhaps leaving: if it stays after all, the timer
// is late but not lost.
constexpr uint64_t kRetryNs = 10'000'000;

constinit sched::Mutex mutex;
constinit sched::Condition changed;   // the first deadline
constinit sched::Condition finished;  // a function has returned
constinit ktimer* first = nullptr;
constinit ktimer* running = nullptr;  // its function is being called
constinit sched::Thread* worker = nullptr;

void Disarm(ktimer* timer) {
  if (!timer->armed) return;
  timer->armed = false;
  ktimer** link = &first;
  while (*link != timer) link = &(*link)->next;
  *link = timer->next;
}

void Arm(ktimer* timer, uint64_t deadline) {
  Disarm(timer);
  timer->armed = true;
  timer->deadline = deadline;
  ktimer** link = &first;
  while (*link && (*link)->deadline <= deadline) link = &(*link)->next;
  timer->next = *link;
  *link = timer;
  if (first == timer) changed.Signal();
}

// Called with the mutex held, which is released while the function runs.
void Fire(ktimer* timer) {
  Disarm(timer);
  kld::File* owner = timer->registration.owner;
  if (!kld::Enter(owner)) {
    Arm(timer, sched::NowNs() + kRetryNs);
    return;
  }
  // A period that was missed is skipped, not made up for.
  if (timer->period) {
    uint64_t next = timer->deadline + timer->period;
    uint64_t now = sched::NowNs();
    Arm(timer, next > now ? next : now + timer->period);
  }
  running = timer;
  mutex.Unlock();
  timer->function(timer->argument);
  kld::Leave(owner);
  mutex.Lock();
  running = nullptr;
  finished.Broadcast();
}

void RunTimers(void*) {
  Guard guard(mutex);
  for (;;) {
    uint64_t now = sched::NowNs();
    if (first && first->deadline <= now) {
      Fire(first);
    } else {
      (void)changed.Wait(mutex, false, first ? first->deadline : ~uint64_t{0});
    }
  }
}

// The timer thread starts with the first timer and stays.
int StartWorker() {
  Guard guard(mutex);
  if (worker) return 0;
  auto thread = sched::Start("timers", RunTimers, nullptr);
  if (!thread.ok()) return base::Number(thread.error());
  worker = thread.value();
  return 0;
}

}  // namespace

uint64_t know_ns(void) { return sched::NowNs(); }

uint64_t kwall_seconds(void) {
  constexpr uint64_t kUnknown = ~uint64_t{0};
  static constinit std::atomic<uint64_t> at_start{kUnknown};
  uint64_t start = at_start.load(std::memory_order_relaxed);
  if (start == kUnknown) {
    uint64_t now = arch::WallClockSeconds();
    start = now ? now - sched::NowNs() / kNsPerSecond : 0;
    at_start.store(start, std::memory_order_relaxed);
  }
  return start ? start + sched::NowNs() / kNsPerSecond : 0;
}

int ksleep_until(uint64_t deadline_ns) {
  return base::Number(sched::SleepUntil(deadline_ns, true));
}

int ktimer_create_from(const void* owner, const char* name, void (*function)(void*), void* argument,
                       ktimer** out) {
  if (int error = StartWorker()) return error;
  auto* timer = base::New<ktimer>();
  if (!timer) return ENOMEM;
  timer->function = function;
  timer->argument = argument;
  kld::Register(timer->registration, kld::FileOf(owner), kld::Kind::kTimer, name);
  *out = timer;
  return 0;
}

void ktimer_start(ktimer* timer, uint64_t deadline_ns, uint64_t period_ns) {
  Guard guard(mutex);
  timer->period = period_ns;
  Arm(timer, deadline_ns);
}

void ktimer_stop(ktimer* timer) {
  Guard guard(mutex);
  Disarm(timer);
  timer->period = 0;
  if (sched::Current() == worker) return;
  while (running == timer) (void)finished.Wait(mutex);
  // The function may have started it again before it returned.
  Disarm(timer);
}

void ktimer_destroy(ktimer* timer) {
  if (!timer) return;
  BASE_CHECK(sched::Current() != worker || running != timer);
  ktimer_stop(timer);
  kld::Unregister(timer->registration);
  base::Delete(timer);
}
