// SPDX-License-Identifier: BSD-2-Clause
//
// Signals: actions, masks, sending, waiting.

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

constexpr uint64_t kSetBytes = sizeof(SignalSet);

// The kernel's struct sigaction: handler, flags, restorer where the CPU has one, mask.
Error ReadAction(uint64_t from, proc::SignalAction* action) {
  const bool restorer = arch::kLinuxAbi.sigaction_has_restorer;
  uint64_t words[4] = {};
  const Error error = mm::CopyIn(words, from, restorer ? sizeof words : sizeof words - 8);
  if (!base::Ok(error)) return error;
  *action = {words[0], words[1], restorer ? words[2] : 0, words[restorer ? 3 : 2]};
  return Error::kOk;
}

Error WriteAction(uint64_t to, const proc::SignalAction& action) {
  const uint64_t with[4] = {action.handler, action.flags, action.restorer, action.mask};
  const uint64_t without[3] = {action.handler, action.flags, action.mask};
  if (arch::kLinuxAbi.sigaction_has_restorer) return WriteUser(to, with);
  return WriteUser(to, without);
}

// Something that was blocked may be deliverable now: BeforeUser looks.
void SetBlocked(proc::Process& process, SignalSet blocked) {
  process.signals.SetBlocked(blocked);
  process.attention = true;
}

// The end of sigsuspend and pause: they return with EINTR only, after a handler has run.
int64_t WaitForSignal(Arguments& a) {
  while (base::Ok(sched::SleepUntil(~uint64_t{0}, true))) {
  }
  return FailAgain(a, Errno(EINTR), proc::Restart::kWithoutHandler);
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
    const Error error = ReadUser(&set, a[1]);
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
  return a[2] ? Fail(WriteUser(a[2], before)) : 0;
}

int64_t SysRtSigpending(Arguments& a) {
  if (a[1] > kSetBytes) return -EINVAL;
  SignalSet pending = 0;
  {
    sched::Guard guard(proc::TableLock());
    pending = a.process.signals.pending() & a.process.signals.blocked();
  }
  return Fail(mm::CopyOut(a[0], &pending, a[1]));
}

int64_t SysRtSigreturn(Arguments& a) {
  SignalSet blocked = 0;
  if (!arch::PopSignalFrame(a.context, &blocked)) {
    proc::EndCurrent(proc::KilledStatus(SIGSEGV, false));
  }
  a.keep_registers = true;
  sched::Guard guard(proc::TableLock());
  SetBlocked(a.process, blocked);
  return 0;
}

int64_t SysRtSigsuspend(Arguments& a) {
  if (a[1] != kSetBytes) return -EINVAL;
  SignalSet mask = 0;
  const Error error = ReadUser(&mask, a[0]);
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

// Waits for a blocked signal and takes it without a handler.
int64_t SysRtSigtimedwait(Arguments& a) {
  if (a[3] != kSetBytes) return -EINVAL;
  SignalSet wanted = 0;
  const Error error = ReadUser(&wanted, a[0]);
  if (!base::Ok(error)) return Fail(error);
  const Result<uint64_t> deadline = DeadlineFromUser<Timespec>(a[2]);
  if (!deadline.ok()) return Fail(deadline.error());
  proc::SignalInfo info;
  int signal = 0;
  {
    // The wanted ones are let through while this sleeps, so that they wake it.
    sched::Guard guard(proc::TableLock());
    proc::SignalState& signals = a.process.signals;
    const SignalSet blocked = signals.blocked();
    signals.SetBlocked(blocked & ~wanted);
    for (;;) {
      const SignalSet ready = signals.pending() & wanted;
      if (ready) {
        signal = __builtin_ctzll(ready) + 1;
        info = signals.info(signal);
        signals.Forget(signal);
        break;
      }
      const Error slept = a.process.changed.Wait(proc::TableLock(), true, deadline.value());
      if (base::Ok(slept) || (slept == Errno(EINTR) && (signals.pending() & wanted))) continue;
      signal = slept == Errno(ETIMEDOUT) ? -EAGAIN : -EINTR;
      break;
    }
    SetBlocked(a.process, blocked);
  }
  if (signal < 0 || !a[1]) return signal;
  const int32_t out[32] = {signal,     0, info.code, 0, info.pid, static_cast<int32_t>(info.uid),
                           info.status};
  const Error stored = WriteUser(a[1], out);
  return base::Ok(stored) ? signal : Fail(stored);
}

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
    uint64_t base;
    uint32_t flags;
    uint32_t padding;
    uint64_t bytes;
  };
  constexpr uint32_t kOnStack = 1, kDisable = 2, kAutoDisarm = 0x80000000;
  constexpr uint64_t kLeast = 2048;  // MINSIGSTKSZ
  proc::Process& process = a.process;
  const bool inside =
      process.alt_bytes && arch::StackPointer(a.context) - process.alt_base <= process.alt_bytes;
  const Stack before{process.alt_base, process.alt_flags | (inside ? kOnStack : 0), 0,
                     process.alt_bytes};
  if (a[0]) {
    Stack wanted;
    const Error error = ReadUser(&wanted, a[0]);
    if (!base::Ok(error)) return Fail(error);
    if (inside) return -EPERM;
    if (wanted.flags & ~(kDisable | kAutoDisarm | kOnStack)) return -EINVAL;
    const bool disable = (wanted.flags & kDisable) != 0;
    if (!disable && wanted.bytes < kLeast) return -ENOMEM;
    process.alt_base = disable ? 0 : wanted.base;
    process.alt_bytes = disable ? 0 : wanted.bytes;
    process.alt_flags = wanted.flags & (kDisable | kAutoDisarm);
  }
  return a[1] ? Fail(WriteUser(a[1], before)) : 0;
}

}  // namespace syscalls
