// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/signal.h"

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/base/log.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/proc/lifecycle.h"

namespace proc {

using base::Errno;
using base::Error;

namespace {

// With the lock held.
void Continue(Process& process) {
  if (process.state != State::kStopped) return;
  process.state = State::kRunning;
  process.stop_reportable = false;
  process.changed.Broadcast();
}

bool MaySignal(const Process& from, const Process& to, int signal) {
  const vfs::Credentials& a = from.context.who;
  const vfs::Credentials& b = to.context.who;
  if (a.Privileged()) return true;
  if (signal == SIGCONT && from.session == to.session) return true;
  return a.euid == b.suid || a.euid == b.uid || a.uid == b.suid || a.uid == b.uid;
}

// The parent hears of a stop or a continuation. With the lock held.
void TellParent(Process& process, int code, int status) {
  Process* const parent = process.parent;
  if (!parent) return;
  if ((parent->signals.action(SIGCHLD).flags & kSaNoCldStop) == 0) {
    SignalInfo info;
    info.code = code;
    info.pid = process.pid;
    info.uid = process.context.who.uid;
    info.status = status;
    Post(*parent, SIGCHLD, info);
  }
  parent->changed.Broadcast();
}

// Sleeps until continued or killed.
void Stop(Process& process, int signal) {
  sched::Guard guard(TableLock());
  // POSIX: the stops of job control do nothing to an orphaned group.
  if (signal != SIGSTOP && IsOrphanedGroup(process.group, process.session)) return;
  // A SIGCONT or SIGKILL that came meanwhile wins.
  if (!process.signals.MayStop()) return;
  process.state = State::kStopped;
  process.wait_status = StoppedStatus(signal);
  process.stop_reportable = true;
  TellParent(process, kCodeStopped, signal);
  while (process.state == State::kStopped) (void)process.changed.Wait(TableLock());
  if (process.signals.pending() & Bit(SIGKILL)) return;
  process.wait_status = kContinuedStatus;
  process.continue_reportable = true;
  TellParent(process, kCodeContinued, SIGCONT);
}

// Where the frame goes, and what it records of the alternate stack.
void ChooseStack(AlternateStack& stack, uintptr_t stack_pointer, bool wanted,
                 arch::SignalDelivery& delivery) {
  delivery.alt_base = stack.base;
  delivery.alt_bytes = stack.bytes;
  delivery.alt_flags = stack.flags;
  const bool in_use = stack.InUse(stack_pointer);
  const bool enters = wanted && stack.bytes && !in_use;
  if (enters) delivery.stack_top = stack.base + stack.bytes;
  if (enters || in_use) delivery.stack_low = stack.base;
  // Linux: whatever stack the handler runs on. The frame brings it back.
  if (stack.flags & kStackAutoDisarm) stack = {};
}

// The frame for a caught signal; false when it does not fit on the stack.
bool Catch(Process& process, arch::UserContext& context, int signal, const SignalAction& action,
           const SignalInfo& info) {
  arch::SignalDelivery delivery{};
  delivery.signal = signal;
  delivery.handler = action.handler;
  delivery.restorer = action.flags & kSaRestorer ? action.restorer : process.signal_return;
  delivery.want_info = (action.flags & kSaSigInfo) != 0;
  delivery.code = info.code;
  delivery.sender_pid = info.pid;
  delivery.sender_uid = info.uid;
  delivery.status = info.status;
  delivery.fault_address = info.address;
  ChooseStack(process.alternate_stack, arch::StackPointer(context), action.flags & kSaOnStack,
              delivery);
  {
    sched::Guard guard(TableLock());
    SignalState& signals = process.signals;
    delivery.blocked = process.restore_mask ? process.saved_mask : signals.blocked();
    process.restore_mask = false;
    SignalSet blocked = signals.blocked() | action.mask;
    if ((action.flags & kSaNoDefer) == 0) blocked |= Bit(signal);
    signals.SetBlocked(blocked);
  }
  return arch::PushSignalFrame(context, delivery);
}

// One signal; true when a handler was entered.
bool Deliver(Process& process, arch::UserContext& context, int signal, const SignalAction& action,
             const SignalInfo& info) {
  if (action.handler > kHandlerIgnore) {
    if (Catch(process, context, signal, action, info)) return true;
    base::Log(base::Level::kError, "%s[%d]: signal %d: no room for its frame", process.name,
              process.pid, signal);
    EndCurrent(KilledStatus(SIGSEGV, false));
  }
  switch (DefaultActionOf(signal)) {
    case DefaultAction::kStop:
      Stop(process, signal);
      break;
    case DefaultAction::kTerminate:
    case DefaultAction::kDump:
      EndCurrent(KilledStatus(signal, false));
    case DefaultAction::kIgnore:
    case DefaultAction::kContinue:
      break;
  }
  return false;
}

void GoOnWithCall(Process& process, arch::UserContext& context, bool handled, bool restarts) {
  const Restart restart = process.restart;
  process.restart = Restart::kNo;
  if (restart == Restart::kNo) return;
  if (handled && !(restart == Restart::kWithHandler && restarts)) {
    process.restart_deadline_ns = 0;
    return;
  }
  process.restarted = !handled;
  arch::RestartCall(context, process.restart_call);
}

}  // namespace

void Post(Process& process, int signal, const SignalInfo& info) {
  if (process.state == State::kZombie) return;
  if (signal == SIGCONT || signal == SIGKILL) Continue(process);
  if (process.signals.Post(signal, info) != SignalState::Posted::kDeliverable) return;
  process.attention = true;
  if (process.thread) sched::Interrupt(process.thread);
}

size_t PostToGroup(int32_t group, int signal, const SignalInfo& info) {
  size_t count = 0;
  for (Process* at = First(); at; at = at->next) {
    if (at->group != group || at->state == State::kZombie) continue;
    Post(*at, signal, info);
    ++count;
  }
  return count;
}

Error Kill(int32_t pid, int signal, int code) {
  if (signal < 0 || signal > kSignals) return Errno(EINVAL);
  Process& self = *Current();
  SignalInfo info;
  info.code = code;
  info.pid = self.pid;
  info.uid = self.context.who.uid;
  sched::Guard guard(TableLock());
  const int32_t group = pid == 0 ? self.group : pid < -1 ? -pid : 0;
  bool found = false;
  bool sent = false;
  for (Process* at = First(); at; at = at->next) {
    const bool meant = pid > 0     ? at->pid == pid
                       : pid == -1 ? at->pid != 1 && at != &self
                                   : at->group == group;
    if (!meant) continue;
    found = true;
    if (!MaySignal(self, *at, signal)) continue;
    sent = true;
    if (signal) Post(*at, signal, info);
  }
  if (sent) return Error::kOk;
  return found ? Errno(EPERM) : Errno(ESRCH);
}

void PostToSelf(int signal, const SignalInfo& info) {
  sched::Guard guard(TableLock());
  Post(*Current(), signal, info);
}

bool HasDeliverable(const Process& process) { return process.signals.Deliverable() != 0; }

void OnUserFault(arch::UserContext& context, const arch::UserFault& fault) {
  Process& process = *Current();
  SignalInfo info;
  info.code = fault.code;
  info.address = fault.address;
  bool fatal = false;
  {
    sched::Guard guard(TableLock());
    process.signals.Force(fault.signal, info);
    process.attention = true;
    fatal = process.signals.action(fault.signal).handler == kHandlerDefault;
  }
  if (!fatal) return;
  base::Log(base::Level::kError, "%s[%d]: killed by signal %d at pc %#lx, address %#lx",
            process.name, process.pid, fault.signal,
            static_cast<unsigned long>(arch::ProgramCounter(context)),
            static_cast<unsigned long>(fault.address));
}

void BeforeUser(arch::UserContext& context) {
  Process* const process = Current();
  if (!process->attention.load(std::memory_order_acquire) && process->restart == Restart::kNo) {
    return;
  }
  bool handled = false;
  bool restarts = false;
  for (;;) {
    // Cleared before looking: a signal posted after the look sets both again.
    process->attention.store(false, std::memory_order_release);
    sched::ClearInterrupt();
    int signal = 0;
    SignalAction action;
    SignalInfo info;
    {
      sched::Guard guard(TableLock());
      SignalState& signals = process->signals;
      signal = signals.Take();
      if (!signal) {
        if (process->restore_mask) {
          signals.SetBlocked(process->saved_mask);
          process->restore_mask = false;
          if (signals.Deliverable()) continue;
        }
        break;
      }
      action = signals.action(signal);
      info = signals.info(signal);
      if (action.handler > kHandlerIgnore && (action.flags & kSaResetHand)) {
        (void)signals.SetAction(signal, SignalAction{});
      }
    }
    // The call is set up to go on before the first frame is pushed, which saves the registers.
    if (action.handler > kHandlerIgnore && !handled) {
      handled = true;
      restarts = (action.flags & kSaRestart) != 0;
      GoOnWithCall(*process, context, true, restarts);
    }
    (void)Deliver(*process, context, signal, action, info);
  }
  if (!handled) GoOnWithCall(*process, context, false, false);
}

}  // namespace proc
