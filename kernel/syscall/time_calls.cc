// SPDX-License-Identifier: BSD-2-Clause
//
// Clocks, sleeping, alarms, CPU times.

#include "kernel/dev/wall_clock.h"
#include "kernel/kpi/errno.h"
#include "kernel/proc/timers.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;

namespace {

// Clock numbers of Linux (uapi/linux/time.h).
enum Clock : uint64_t {
  kRealtime = 0,
  kMonotonic = 1,
  kProcessCpu = 2,
  kThreadCpu = 3,
  kMonotonicRaw = 4,
  kRealtimeCoarse = 5,
  kMonotonicCoarse = 6,
  kBoottime = 7,
};

constexpr uint64_t kNsPerTick = kNsPerSecond / 100;  // AT_CLKTCK

Result<uint64_t> ReadClock(uint64_t clock) {
  switch (clock) {
    case kRealtime:
    case kRealtimeCoarse:
      return dev::WallClockNs();
    case kMonotonic:
    case kMonotonicRaw:
    case kMonotonicCoarse:
    case kBoottime:
      return sched::NowNs();
    case kProcessCpu:
    case kThreadCpu:
      return sched::CpuNs(sched::Current());
  }
  return Errno(EINVAL);
}

// Sleeps until a monotonic moment. `remaining` gets what is left after a signal; 0 = no interest.
template <class T>
int64_t Sleep(Arguments& a, uint64_t deadline, uint64_t remaining) {
  // After a stop the same sleep goes on, not a new one of full length.
  deadline = EndOfCall(a, deadline);
  const Error error = sched::SleepUntil(deadline, true);
  if (base::Ok(error) || error == Errno(ETIMEDOUT)) return 0;
  if (remaining) {
    const uint64_t now = sched::NowNs();
    const Error stored = WriteUser(remaining, FromNs<T>(deadline > now ? deadline - now : 0));
    if (!base::Ok(stored)) return Fail(stored);
  }
  return FailUntil(a, error, deadline);
}

proc::CpuTimes OwnTimes(const proc::Process& process) {
  const uint64_t all = sched::CpuNs(sched::Current());
  const uint64_t system = process.system_ns;
  return {all > system ? all - system : 0, system};
}

proc::CpuTimes ChildTimes(const proc::Process& process) {
  sched::Guard guard(proc::TableLock());
  return process.child_times;
}

template <class T>
int64_t ClockNanosleep(Arguments& a) {
  constexpr uint64_t kAbsolute = 1;
  const Result<uint64_t> now = ReadClock(a[0]);
  if (!now.ok()) return Fail(now.error());
  if (a[0] == kProcessCpu || a[0] == kThreadCpu) return -EOPNOTSUPP;
  const Result<uint64_t> ns = ReadTime<T>(a[2]);
  if (!ns.ok()) return Fail(ns.error());
  if ((a[1] & kAbsolute) == 0) return Sleep<T>(a, sched::NowNs() + ns.value(), a[3]);
  const uint64_t ahead = ns.value() > now.value() ? ns.value() - now.value() : 0;
  return Sleep<T>(a, sched::NowNs() + ahead, 0);
}

template <class T>
int64_t ClockGettime(Arguments& a) {
  const Result<uint64_t> now = ReadClock(a[0]);
  if (!now.ok()) return Fail(now.error());
  return Fail(WriteUser(a[1], FromNs<T>(now.value())));
}

template <class T>
int64_t ClockGetres(Arguments& a) {
  const Result<uint64_t> now = ReadClock(a[0]);
  if (!now.ok()) return Fail(now.error());
  return a[1] ? Fail(WriteUser(a[1], T{0, 1})) : 0;
}

template <class T>
int64_t ClockSettime(Arguments& a) {
  if (a[0] != kRealtime) return -EINVAL;
  if (!a.process.context.who.Privileged()) return -EPERM;
  const Result<uint64_t> ns = ReadTime<T>(a[1]);
  if (!ns.ok()) return Fail(ns.error());
  dev::SetWallClockNs(ns.value());
  return 0;
}

}  // namespace

int64_t SysNanosleep(Arguments& a) {
  const Result<uint64_t> ns = ReadTime<Timespec>(a[0]);
  if (!ns.ok()) return Fail(ns.error());
  return Sleep<Timespec>(a, sched::NowNs() + ns.value(), a[1]);
}

int64_t SysClockNanosleep(Arguments& a) { return ClockNanosleep<Timespec>(a); }
int64_t SysClockNanosleep64(Arguments& a) { return ClockNanosleep<Timespec64>(a); }
int64_t SysClockGettime(Arguments& a) { return ClockGettime<Timespec>(a); }
int64_t SysClockGettime64(Arguments& a) { return ClockGettime<Timespec64>(a); }
int64_t SysClockGetres(Arguments& a) { return ClockGetres<Timespec>(a); }
int64_t SysClockGetres64(Arguments& a) { return ClockGetres<Timespec64>(a); }
int64_t SysClockSettime(Arguments& a) { return ClockSettime<Timespec>(a); }
int64_t SysClockSettime64(Arguments& a) { return ClockSettime<Timespec64>(a); }

int64_t SysGettimeofday(Arguments& a) {
  if (a[0]) {
    const Error error = WriteUser(a[0], FromNs<Timeval>(dev::WallClockNs()));
    if (!base::Ok(error)) return Fail(error);
  }
  if (!a[1]) return 0;
  const int32_t zone[2] = {0, 0};  // UTC
  return Fail(mm::CopyOut(a[1], zone, sizeof zone));
}

int64_t SysSettimeofday(Arguments& a) {
  if (!a.process.context.who.Privileged()) return -EPERM;
  if (!a[0]) return 0;  // only the time zone, which the kernel does not keep
  const Result<uint64_t> ns = ReadTime<Timeval>(a[0]);
  if (!ns.ok()) return Fail(ns.error());
  dev::SetWallClockNs(ns.value());
  return 0;
}

int64_t SysTime(Arguments& a) {
  const auto seconds = static_cast<SignedWord>(dev::WallClockNs() / kNsPerSecond);
  if (a[0]) {
    const Error error = WriteUser(a[0], seconds);
    if (!base::Ok(error)) return Fail(error);
  }
  return seconds;
}

int64_t SysAlarm(Arguments& a) {
  const proc::Alarm before = proc::SetAlarm({static_cast<uint32_t>(a[0]) * kNsPerSecond, 0});
  return static_cast<int64_t>((before.left_ns + kNsPerSecond - 1) / kNsPerSecond);
}

int64_t SysSetitimer(Arguments& a) {
  struct {
    Timeval interval, value;
  } wanted{}, before{};
  if (a[0] != 0) return -EINVAL;  // ITIMER_REAL is the only one
  if (a[1]) {
    const Error error = ReadUser(&wanted, a[1]);
    if (!base::Ok(error)) return Fail(error);
  }
  const Result<uint64_t> interval = ToNs(wanted.interval);
  const Result<uint64_t> value = ToNs(wanted.value);
  if (!interval.ok() || !value.ok()) return -EINVAL;
  const proc::Alarm old = proc::SetAlarm({value.value(), interval.value()});
  if (!a[2]) return 0;
  before.interval = FromNs<Timeval>(old.interval_ns);
  before.value = FromNs<Timeval>(old.left_ns);
  return Fail(WriteUser(a[2], before));
}

int64_t SysGetitimer(Arguments& a) {
  struct {
    Timeval interval, value;
  } now;
  if (a[0] != 0) return -EINVAL;
  const proc::Alarm alarm = proc::GetAlarm();
  now.interval = FromNs<Timeval>(alarm.interval_ns);
  now.value = FromNs<Timeval>(alarm.left_ns);
  return Fail(WriteUser(a[1], now));
}

int64_t SysTimes(Arguments& a) {
  const proc::CpuTimes own = OwnTimes(a.process);
  const proc::CpuTimes children = ChildTimes(a.process);
  if (a[0]) {
    const uint64_t ns[4] = {own.user_ns, own.system_ns, children.user_ns, children.system_ns};
    Word ticks[4];
    for (int i = 0; i < 4; ++i) ticks[i] = static_cast<Word>(ns[i] / kNsPerTick);
    const Error error = mm::CopyOut(a[0], ticks, sizeof ticks);
    if (!base::Ok(error)) return Fail(error);
  }
  return static_cast<int64_t>(sched::NowNs() / kNsPerTick);
}

int64_t SysGetrusage(Arguments& a) {
  constexpr int32_t kSelf = 0, kThread = 1, kChildren = -1;
  if (a.Int(0) != kSelf && a.Int(0) != kThread && a.Int(0) != kChildren) return -EINVAL;
  const proc::CpuTimes times = a.Int(0) == kChildren ? ChildTimes(a.process) : OwnTimes(a.process);
  return Fail(WriteUser(a[1], UsageOf(times)));
}

}  // namespace syscalls
