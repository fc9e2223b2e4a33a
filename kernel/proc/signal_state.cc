// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/signal_state.h"

#include <bit>

#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"

namespace proc {
namespace {

constexpr SignalSet kUncatchable = Bit(SIGKILL) | Bit(SIGSTOP);
constexpr SignalSet kStops = Bit(SIGSTOP) | Bit(SIGTSTP) | Bit(SIGTTIN) | Bit(SIGTTOU);
constexpr SignalSet kFaults =
    Bit(SIGSEGV) | Bit(SIGBUS) | Bit(SIGILL) | Bit(SIGTRAP) | Bit(SIGFPE) | Bit(SIGSYS);
constexpr SignalSet kDumps = kFaults | Bit(SIGQUIT) | Bit(SIGABRT) | Bit(SIGXCPU) | Bit(SIGXFSZ);
constexpr SignalSet kHarmless = Bit(SIGCHLD) | Bit(SIGURG) | Bit(SIGWINCH);

}  // namespace

DefaultAction DefaultActionOf(int signal) {
  const SignalSet bit = Bit(signal);
  if (bit & kStops) return DefaultAction::kStop;
  if (bit & kDumps) return DefaultAction::kDump;
  if (bit & kHarmless) return DefaultAction::kIgnore;
  return signal == SIGCONT ? DefaultAction::kContinue : DefaultAction::kTerminate;
}

void SignalState::SetBlocked(SignalSet blocked) {
  blocked_ = blocked & ~kUncatchable;
  ForgetIgnored();
}

void SignalState::SetWaited(SignalSet waited) { waited_ = waited & ~kUncatchable; }

base::Error SignalState::SetAction(int signal, const SignalAction& action) {
  if (signal < 1 || signal > kSignals || (Bit(signal) & kUncatchable)) return base::Errno(EINVAL);
  actions_[signal - 1] = action;
  actions_[signal - 1].mask &= ~kUncatchable;
  // POSIX: what is pending is discarded when it comes to be ignored, blocked or not.
  if (Ignores(signal)) Forget(signal);
  return base::Error::kOk;
}

bool SignalState::Ignores(int signal) const {
  const uintptr_t handler = actions_[signal - 1].handler;
  if (handler == kHandlerIgnore) return true;
  if (handler != kHandlerDefault) return false;
  const DefaultAction action = DefaultActionOf(signal);
  return protected_ || action == DefaultAction::kIgnore || action == DefaultAction::kContinue;
}

void SignalState::ForgetIgnored() {
  for (SignalSet left = Deliverable(); left; left &= left - 1) {
    const int signal = std::countr_zero(left) + 1;
    if (Ignores(signal)) Forget(signal);
  }
}

SignalState::Posted SignalState::Post(int signal, const SignalInfo& info) {
  if (Bit(signal) & kStops) Forget(SIGCONT);
  if (signal == SIGCONT) pending_ &= ~kStops;
  if (signal == SIGCONT || signal == SIGKILL) may_stop_ = false;
  const bool blocked = (blocked_ & Bit(signal)) != 0;
  if (Ignores(signal) && !blocked) return Posted::kDropped;
  if ((pending_ & Bit(signal)) == 0) info_[signal - 1] = info;
  pending_ |= Bit(signal);
  return blocked && !(waited_ & Bit(signal)) ? Posted::kBlocked : Posted::kDeliverable;
}

void SignalState::Force(int signal, const SignalInfo& info) {
  SignalAction& action = actions_[signal - 1];
  // Linux: nobody can run on after such a fault, so blocking or ignoring it means the default.
  if ((blocked_ & Bit(signal)) || action.handler == kHandlerIgnore) action = SignalAction{};
  blocked_ &= ~Bit(signal);
  info_[signal - 1] = info;
  pending_ |= Bit(signal);
}

int SignalState::Take() {
  SignalSet ready = Deliverable();
  if (!ready) return 0;
  if (ready & kFaults) ready &= kFaults;
  const int signal = std::countr_zero(ready) + 1;
  Forget(signal);
  if (Bit(signal) & kStops) may_stop_ = true;
  return signal;
}

void SignalState::AfterExec() {
  for (SignalAction& action : actions_) {
    if (action.handler != kHandlerIgnore) action = SignalAction{};
  }
  ForgetIgnored();
}

}  // namespace proc
