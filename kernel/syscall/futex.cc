// SPDX-License-Identifier: BSD-2-Clause
//
// futex(2): FUTEX_WAIT and FUTEX_WAKE, private and not, and their bit-set forms. A word is known by
// its address space and address; memory is never shared between spaces, so that is enough.

#include "kernel/dev/wall_clock.h"
#include "kernel/kpi/errno.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr uint64_t kNoEnd = ~uint64_t{0};

struct Waiter {
  const mm::AddressSpace* space;
  uint64_t address;
  uint32_t bits;
  bool woken = false;
  Waiter* next = nullptr;
};

sched::Mutex g_lock;
sched::Condition g_changed;
Waiter* g_waiters = nullptr;

// With the lock held.
void TakeOut(Waiter& waiter) {
  for (Waiter** link = &g_waiters; *link; link = &(*link)->next) {
    if (*link != &waiter) continue;
    *link = waiter.next;
    return;
  }
}

int64_t Wait(Arguments& a, uint32_t expected, uint64_t deadline, uint32_t bits) {
  Waiter self{a.process.space, a[0], bits};
  sched::Guard guard(g_lock);
  // Between this look and the sleep nobody can wake: wakers take the lock.
  uint32_t value = 0;
  const Error readable = ReadUser(&value, a[0]);
  if (!base::Ok(readable)) return Fail(readable);
  if (value != expected) return -EAGAIN;
  self.next = g_waiters;
  g_waiters = &self;
  Error error = Error::kOk;
  while (!self.woken && base::Ok(error)) error = g_changed.Wait(g_lock, true, deadline);
  TakeOut(self);
  if (self.woken) return 0;
  if (error == Errno(ETIMEDOUT)) return Fail(error);
  // Linux: what has an end does not start again after a handler, SA_RESTART or not.
  return deadline == kNoEnd ? FailAgain(a, error) : FailUntil(a, error, deadline);
}

int64_t Wake(Arguments& a, uint32_t most, uint32_t bits) {
  sched::Guard guard(g_lock);
  uint32_t count = 0;
  for (Waiter* at = g_waiters; at && count < most; at = at->next) {
    if (at->woken || at->space != a.process.space || at->address != a[0]) continue;
    if ((at->bits & bits) == 0) continue;
    at->woken = true;
    ++count;
  }
  if (count) g_changed.Broadcast();
  return count;
}

// The monotonic moment of a moment, by the wall clock as it is now if that is `real`; ~0 for a null
// pointer.
template <class T>
Result<uint64_t> MomentFromUser(uint64_t address, bool real) {
  if (!address) return kNoEnd;
  const Result<uint64_t> moment = ReadTime<T>(address);
  if (!moment.ok() || !real) return moment;
  const uint64_t now = dev::WallClockNs();
  return sched::NowNs() + (moment.value() > now ? moment.value() - now : 0);
}

template <class T>
int64_t Futex(Arguments& a) {
  enum : uint32_t { kWait = 0, kWake = 1, kWaitBits = 9, kWakeBits = 10 };
  enum : uint32_t { kPrivate = 0x80, kRealtime = 0x100 };
  constexpr uint32_t kAllBits = ~0u;
  const auto operation = static_cast<uint32_t>(a[1]);
  const uint32_t command = operation & ~(kPrivate | kRealtime);
  const bool real = (operation & kRealtime) != 0;
  const auto value = static_cast<uint32_t>(a[2]);
  const auto bits = static_cast<uint32_t>(a[5]);
  // Only a moment is by a clock.
  if (real && command != kWaitBits) return -ENOSYS;
  if (a[0] % sizeof(uint32_t)) return -EINVAL;
  switch (command) {
    case kWait:
    case kWaitBits: {
      const bool span = command == kWait;
      const Result<uint64_t> end = span ? DeadlineFromUser<T>(a[3]) : MomentFromUser<T>(a[3], real);
      if (!end.ok()) return Fail(end.error());
      if (!span && !bits) return -EINVAL;
      return Wait(a, value, EndOfCall(a, end.value()), span ? kAllBits : bits);
    }
    case kWake:
      return Wake(a, value, kAllBits);
    case kWakeBits:
      return bits ? Wake(a, value, bits) : -EINVAL;
  }
  return -ENOSYS;
}

}  // namespace

int64_t SysFutex(Arguments& a) { return Futex<Timespec>(a); }
int64_t SysFutex64(Arguments& a) { return Futex<Timespec64>(a); }

}  // namespace syscalls
