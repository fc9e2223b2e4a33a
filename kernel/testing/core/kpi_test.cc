// SPDX-License-Identifier: BSD-2-Clause
#include <atomic>

#include "kernel/kpi/cpu_random.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/memory.h"
#include "kernel/kpi/sync.h"
#include "kernel/kpi/thread.h"
#include "kernel/kpi/time.h"
#include "kernel/mm/heap.h"
#include "kernel/testing/core/check.h"
#include "kernel/testing/core/owner_double.h"

namespace core_test {
namespace {

const char kOwner = 0;  // an address is all that an owner is

struct Work {
  std::atomic<int> rounds{0};
  int last_sleep = 0;
};

int WorkUntilStopped(void* argument) {
  auto* work = static_cast<Work*>(argument);
  while (!kthread_should_stop()) {
    work->rounds++;
    work->last_sleep = ksleep_until(know_ns() + 30'000 * kMillisecond);
  }
  // Once stopped, no interruptible sleep begins.
  work->last_sleep += ksleep_until(know_ns() + 30'000 * kMillisecond);
  return 7;
}

struct Beat {
  std::atomic<int> count{0};
  ktimer* timer = nullptr;
  int stop_after = 0;
};

void OnBeat(void* argument) {
  auto* beat = static_cast<Beat*>(argument);
  if (++beat->count == beat->stop_after) ktimer_stop(beat->timer);
}

void WaitFor(const std::atomic<int>& count, int wanted) {
  while (count < wanted) (void)ksleep_until(know_ns() + kMillisecond);
}

void TestKpiThreads() {
  Work work;
  kthread* thread = nullptr;
  CHECK_EQUAL(kthread_create_from(&kOwner, "worker", WorkUntilStopped, &work, &thread), 0);
  CHECK_EQUAL(owner_double.registrations, 1);
  CHECK_THAT(owner_double.last->kind == kld::Kind::kThread);
  CHECK_THAT(owner_double.last->thread != 0 && owner_double.last->thread != kthread_id());
  WaitFor(work.rounds, 1);
  kthread_stop(thread);
  int result = 0;
  kthread_join(thread, &result);
  CHECK_EQUAL(result, 7);
  CHECK_EQUAL(work.rounds, 1);
  CHECK_EQUAL(work.last_sleep, 2 * EINTR);
  CHECK_EQUAL(owner_double.registrations, 0);
  CHECK_EQUAL(kthread_should_stop(), 0);
  mm::FailAllocationAfter(1);
  CHECK_EQUAL(kthread_create_from(&kOwner, "none", WorkUntilStopped, &work, &thread), ENOMEM);
  mm::FailAllocationAfter(2);
  CHECK_EQUAL(kthread_create_from(&kOwner, "none", WorkUntilStopped, &work, &thread), ENOMEM);
  mm::FailAllocationAfter(0);
}

void TestKpiTimers() {
  Beat once, often, kept;
  CHECK_EQUAL(ktimer_create_from(&kOwner, "once", OnBeat, &once, &once.timer), 0);
  CHECK_EQUAL(ktimer_create_from(&kOwner, "often", OnBeat, &often, &often.timer), 0);
  CHECK_EQUAL(owner_double.registrations, 2);
  often.stop_after = 3;
  ktimer_start(once.timer, know_ns(), 0);
  ktimer_start(often.timer, know_ns() + kMillisecond, kMillisecond);
  WaitFor(often.count, 3);
  WaitFor(once.count, 1);
  CHECK_EQUAL(often.count, 3);
  CHECK_EQUAL(once.count, 1);

  // Set again before it is due, then stopped: it never runs.
  ktimer_start(once.timer, know_ns() + 60'000 * kMillisecond, 0);
  ktimer_start(once.timer, know_ns() + 30'000 * kMillisecond, 0);
  ktimer_stop(once.timer);

  // While its file may be leaving a timer waits; when the file stays it comes late.
  owner_double.enterable = false;
  ktimer_start(once.timer, know_ns(), 0);
  WaitFor(owner_double.refused, 1);
  CHECK_EQUAL(once.count, 1);
  owner_double.enterable = true;
  WaitFor(once.count, 2);
  ktimer_destroy(once.timer);
  ktimer_destroy(often.timer);
  ktimer_destroy(nullptr);
  CHECK_EQUAL(owner_double.registrations, 0);
  CHECK_EQUAL(owner_double.inside, 0);
  mm::FailAllocationAfter(1);
  CHECK_EQUAL(ktimer_create_from(&kOwner, "none", OnBeat, &kept, &kept.timer), ENOMEM);
}

}  // namespace

void TestKpi() {
  TestKpiThreads();
  TestKpiTimers();

  kmutex mutex = KMUTEX_INIT;
  kcond condition = KCOND_INIT;
  CHECK_THAT(kmutex_trylock(&mutex) && kmutex_owned(&mutex));
  CHECK_EQUAL(kcond_wait_until(&condition, &mutex, know_ns() + kMillisecond, 1), ETIMEDOUT);
  kmutex_unlock(&mutex);
  CHECK_THAT(!kmutex_owned(&mutex));

  auto* words = static_cast<uint64_t*>(kcalloc(10, 8));
  for (int i = 0; i < 10; i++) CHECK_EQUAL(words[i], 0);
  kfree(words);
  CHECK_THAT(!kcalloc(~size_t{0} / 2, 4));
  void* aligned = kmalloc_aligned(10, 4096);
  CHECK_EQUAL(reinterpret_cast<uintptr_t>(aligned) % 4096, 0);
  kfree(aligned);

  uint64_t cycles = kcpu_cycles();
  CHECK_THAT(kcpu_cycles() > cycles);
  // 2020 to 2100: the battery clock is the host's.
  CHECK_THAT(kwall_seconds() > 1'577'836'800 && kwall_seconds() < 4'102'444'800);
}

}  // namespace core_test
