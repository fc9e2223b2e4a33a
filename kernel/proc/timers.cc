// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/timers.h"

#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/proc/signal.h"

namespace proc {
namespace {

constexpr uint64_t kNever = ~uint64_t{0};
sched::Condition g_alarms_changed;

// With the table's lock held: posts what is due; when the next is.
uint64_t RunDueAlarms(uint64_t now) {
  uint64_t next = kNever;
  for (Process* at = First(); at; at = at->next) {
    if (!at->alarm_ns) continue;
    if (at->alarm_ns <= now) {
      SignalInfo info;
      info.code = kCodeKernel;
      Post(*at, SIGALRM, info);
      at->alarm_ns = at->alarm_interval_ns ? now + at->alarm_interval_ns : 0;
    }
    if (at->alarm_ns && at->alarm_ns < next) next = at->alarm_ns;
  }
  return next;
}

void RunAlarms(void*) {
  sched::Guard guard(TableLock());
  for (;;) {
    const uint64_t next = RunDueAlarms(sched::NowNs());
    (void)g_alarms_changed.Wait(TableLock(), false, next);
  }
}

// With the table's lock held.
Alarm Left(const Process& process) {
  Alarm alarm;
  if (!process.alarm_ns) return alarm;
  const uint64_t now = sched::NowNs();
  alarm.left_ns = process.alarm_ns > now ? process.alarm_ns - now : 1;
  alarm.interval_ns = process.alarm_interval_ns;
  return alarm;
}

}  // namespace

base::Error StartAlarms() {
  const base::Result<sched::Thread*> thread = sched::Start("alarms", RunAlarms, nullptr);
  if (!thread.ok()) return thread.error();
  sched::Detach(thread.value());
  return base::Error::kOk;
}

Alarm SetAlarm(const Alarm& alarm) {
  sched::Guard guard(TableLock());
  Process& self = *Current();
  const Alarm before = Left(self);
  self.alarm_ns = alarm.left_ns ? sched::NowNs() + alarm.left_ns : 0;
  self.alarm_interval_ns = alarm.interval_ns;
  g_alarms_changed.Broadcast();
  return before;
}

Alarm GetAlarm() {
  sched::Guard guard(TableLock());
  return Left(*Current());
}

}  // namespace proc
