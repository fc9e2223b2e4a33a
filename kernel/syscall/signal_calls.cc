// SPDX-License-Identifier: BSD-2-Clause
//
// Signals: actions, masks, sending, waiting.

#include <cstring>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/proc/signal.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;
using proc::SignalSet;

namespace {

constexpr uint64_t kSetBytes = sizeof(UserSignalSet);

// The kernel's struct sigaction: handler, flags, restorer where the CPU has one, mask.
struct Action {
  Word handler, flags;
  UserSignalSet mask;
};
struct ActionWithRestorer {
  Word handler, flags, restorer;
  UserSignalSet mask;
};

Error ReadAction(uint64_t from, proc::SignalAction* action) {
  if (arch::kLinuxAbi.sigaction_has_restorer) {
    ActionWithRestorer given;
    const Error error = ReadUser(&given, from);
    if (!base::Ok(error)) return error;
    *action = {given.handler, given.flags, given.restorer, FromUserSet(given.mask)};
    return Error::kOk;
  }
  Action given;
  const Error error = ReadUser(&given, from);
  if (!base::Ok(error)) return error;
  *action = {given.handler, given.flags, 0, FromUserSet(given.mask)};
  return Error::kOk;
}

Error WriteAction(uint64_t to, const proc::SignalAction& action) {
  const auto flags = static_cast<Word>(action.flags);
  const UserSignalSet mask = ToUserSet(action.mask);
  if (arch::kLinuxAbi.sigaction_has_restorer) {
    return WriteUser(to, ActionWithRestorer{action.handler, flags, action.restorer, mask});
  }
  return WriteUser(to, Action{action.handler, flags, mask});
}

Error ReadSet(uint64_t from, SignalSet* set) {
  UserSignalSet given;
  const Error error = ReadUser(&given, from);
  if (base::Ok(error)) *set = FromUserSet(given);
  return error;
}

// Something that was blocked may be deliverable now: BeforeUser looks.
void SetBlocked(proc::Process& process, SignalSet blocked) {
  process.signals.SetBlocked(blocked);
  process.attention = true;
}

Error SetStack(Arguments& a, const proc::AlternateStack& wanted) {
  return a.process.alternate_stack.Set(wanted, arch::StackPointer(a.context),
                                       arch::kLinuxAbi.least_signal_stack);
}

// The end of sigsuspend and pause: they return with EINTR only, after a handler has run.
int64_t WaitForSignal(Arguments& a) {
  while (base::Ok(sched::SleepUntil(~uint64_t{0}, true))) {
  }
  return FailAgain(a, Errno(EINTR), proc::Restart::kWithoutHandler);
}

// Waits for a blocked signal and takes it without a handler.
template <class T>
int64_t TimedWait(Arguments& a) {
  if (a[3] != kSetBytes) return -EINVAL;
  SignalSet wanted = 0;
  const Error error = ReadSet(a[0], &wanted);
  if (!base::Ok(error)) return Fail(error);
  const Result<uint64_t> deadline = DeadlineFromUser<T>(a[2]);
  if (!deadline.ok()) return Fail(deadline.error());
  proc::SignalInfo info;
  int signal = 0;
  {
    // The wanted ones stay blocked: they wake it, and no handler gets them.
    sched::Guard guard(proc::TableLock());
    proc::SignalState& signals = a.process.signals;
    signals.SetWaited(wanted);
    while (!signal) {
      if (const SignalSet ready = signals.pending() & signals.waited()) {
        signal = __builtin_ctzll(ready) + 1;
        info = signals.info(signal);
        signals.Forget(signal);
        break;
      }
      const Error slept = a.process.changed.Wait(proc::TableLock(), true, deadline.value());
      if (base::Ok(slept) || (signals.pending() & signals.waited())) continue;
      signal = slept == Errno(ETIMEDOUT) ? -EAGAIN : -EINTR;
    }
    signals.SetWaited(0);
  }
  if (signal < 0 || !a[1]) return signal;
  arch::SigInfo out{};
  out.signal = signal;
  out.code = info.code;
  out.sender = {info.pid, info.uid, info.status};
  const Error stored = WriteUser(a[1], out);
  return base::Ok(stored) ? signal : Fail(stored);
}

}  // namespace

int64_t SysRtSigaction(Arguments& a) {
  if (a[3] != kSetBytes) return -EINVAL;
  const int32_t signal = a.Int(0);
  if (signal < 1 || signal > proc::kSignals) return -EINVAL;
  proc::SignalAction before;
  proc::SignalAction action;
  if (a[1]) {
    const Error error = ReadAction(a[1], &action);
    if (!base::Ok(error)) return Fail(error);
  }
  {
    sched::Guard guard(proc::TableLock());
    before = a.process.signals.action(signal);
    if (a[1]) {
      const Error error = a.process.signals.SetAction(signal, action);
      if (!base::Ok(error)) return Fail(error);
    }
  }
  return a[2] ? Fail(WriteAction(a[2], before)) : 0;
}

int64_t SysRtSigprocmask(Arguments& a) {
  enum : int32_t { kBlock = 0, kUnblock = 1, kSet = 2 };
  if (a[3] != kSetBytes) return -EINVAL;
  SignalSet set = 0;
  if (a[1]) {
    const Error error = ReadSet(a[1], &set);
    if (!base::Ok(error)) return Fail(error);
    if (a.Int(0) < kBlock || a.Int(0) > kSet) return -EINVAL;
  }
  SignalSet before = 0;
  {
    sched::Guard guard(proc::TableLock());
    before = a.process.signals.blocked();
    if (a[1]) {
      SetBlocked(a.process, a.Int(0) == kBlock     ? before | set
                            : a.Int(0) == kUnblock ? before & ~set
                                                   : set);
    }
  }
  return a[2] ? Fail(WriteUser(a[2], ToUserSet(before))) : 0;
}

int64_t SysRtSigpending(Arguments& a) {
  if (a[1] > kSetBytes) return -EINVAL;
  SignalSet pending = 0;
  {
    sched::Guard guard(proc::TableLock());
    pending = a.process.signals.pending() & a.process.signals.blocked();
  }
  const UserSignalSet out = ToUserSet(pending);
  return Fail(mm::CopyOut(a[0], &out, a[1]));
}

int64_t SysRtSigreturn(Arguments& a) {
  arch::SignalReturn frame{};
  if (!arch::PopSignalFrame(a.context, &frame)) {
    proc::EndCurrent(proc::KilledStatus(SIGSEGV, false));
  }
  a.keep_registers = true;
  // Linux: what sigaltstack would refuse stays undone, and the handler has returned all the same.
  if (frame.has_stack) {
    (void)SetStack(a, {frame.alt_base, frame.alt_bytes, frame.alt_flags});
  }
  sched::Guard guard(proc::TableLock());
  SetBlocked(a.process, frame.blocked);
  return 0;
}
int64_t SysSigreturn(Arguments& a) { return SysRtSigreturn(a); }

int64_t SysRtSigsuspend(Arguments& a) {
  if (a[1] != kSetBytes) return -EINVAL;
  SignalSet mask = 0;
  const Error error = ReadSet(a[0], &mask);
  if (!base::Ok(error)) return Fail(error);
  {
    sched::Guard guard(proc::TableLock());
    a.process.saved_mask = a.process.signals.blocked();
    a.process.restore_mask = true;
    SetBlocked(a.process, mask);
    if (proc::HasDeliverable(a.process)) sched::Interrupt(sched::Current());
  }
  return WaitForSignal(a);
}

int64_t SysPause(Arguments& a) { return WaitForSignal(a); }

int64_t SysRtSigtimedwait(Arguments& a) { return TimedWait<Timespec>(a); }
int64_t SysRtSigtimedwait64(Arguments& a) { return TimedWait<Timespec64>(a); }

int64_t SysKill(Arguments& a) { return Fail(proc::Kill(a.Int(0), a.Int(1), proc::kCodeUser)); }

int64_t SysTkill(Arguments& a) {
  if (a.Int(0) <= 0) return -EINVAL;
  return Fail(proc::Kill(a.Int(0), a.Int(1), proc::kCodeTkill));
}

int64_t SysTgkill(Arguments& a) {
  if (a.Int(0) <= 0 || a.Int(1) <= 0) return -EINVAL;
  if (a.Int(0) != a.Int(1)) return -ESRCH;
  return Fail(proc::Kill(a.Int(1), a.Int(2), proc::kCodeTkill));
}

int64_t SysSigaltstack(Arguments& a) {
  struct Stack {
    Word base;
    int32_t flags;
    Word bytes;
  };
  const proc::AlternateStack& now = a.process.alternate_stack;
  Stack before;
  std::memset(&before, 0, sizeof before);  // padding too: the program sees it
  before.base = now.base;
  before.flags = static_cast<int32_t>(now.FlagsAt(arch::StackPointer(a.context)));
  before.bytes = now.bytes;
  if (a[0]) {
    Stack wanted;
    Error error = ReadUser(&wanted, a[0]);
    if (!base::Ok(error)) return Fail(error);
    error = SetStack(a, {wanted.base, wanted.bytes, static_cast<uint32_t>(wanted.flags)});
    if (!base::Ok(error)) return Fail(error);
  }
  return a[1] ? Fail(WriteUser(a[1], before)) : 0;
}

}  // namespace syscalls
