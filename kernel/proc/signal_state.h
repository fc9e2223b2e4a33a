// SPDX-License-Identifier: BSD-2-Clause
//
// What signals a process has coming, blocks and catches (POSIX "Signal Concepts"). Pure; the caller
// serialises. Sets are 64 bits, bit n - 1 for signal n, as in Linux's sigset_t. A signal that is
// pending already is not counted twice (real-time signals neither: nothing here queues).
#pragma once

#include <cstdint>

#include "kernel/base/result.h"

namespace proc {

using SignalSet = uint64_t;
inline constexpr int kSignals = 64;
constexpr SignalSet Bit(int signal) { return SignalSet{1} << (signal - 1); }

inline constexpr uintptr_t kHandlerDefault = 0;
inline constexpr uintptr_t kHandlerIgnore = 1;

enum ActionFlags : uint64_t {
  kSaNoCldStop = 1,
  kSaNoCldWait = 2,
  kSaSigInfo = 4,
  kSaRestorer = 0x04000000,
  kSaOnStack = 0x08000000,
  kSaRestart = 0x10000000,
  kSaNoDefer = 0x40000000,
  kSaResetHand = 0x80000000,
};

struct SignalAction {
  uintptr_t handler = kHandlerDefault;
  uint64_t flags = 0;
  uintptr_t restorer = 0;
  SignalSet mask = 0;
};

// si_code values.
enum SignalCode : int {
  kCodeUser = 0,
  kCodeKernel = 0x80,
  kCodeTkill = -6,
  kCodeExited = 1,
  kCodeKilled = 2,
  kCodeDumped = 3,
  kCodeStopped = 5,
  kCodeContinued = 6,
};

struct SignalInfo {
  int code = kCodeUser;
  int32_t pid = 0;
  uint32_t uid = 0;
  int32_t status = 0;
  uintptr_t address = 0;
};

enum class DefaultAction : uint8_t { kTerminate, kDump, kIgnore, kStop, kContinue };
DefaultAction DefaultActionOf(int signal);

class SignalState {
 public:
  SignalSet pending() const { return pending_; }
  SignalSet blocked() const { return blocked_; }
  SignalSet Deliverable() const { return pending_ & ~blocked_; }
  const SignalAction& action(int signal) const { return actions_[signal - 1]; }
  const SignalInfo& info(int signal) const { return info_[signal - 1]; }

  // SIGKILL and SIGSTOP can neither be blocked nor caught: EINVAL for an action on them. What is
  // ignored when it comes through is gone: nothing deliverable is, but what Force() has made so.
  void SetBlocked(SignalSet blocked);
  // What the process sleeps for in sigtimedwait: counts as deliverable when it is posted, blocked or
  // not. SIGKILL and SIGSTOP cannot be waited for.
  void SetWaited(SignalSet waited);
  SignalSet waited() const { return waited_; }
  base::Error SetAction(int signal, const SignalAction& action);

  // Does the action in force throw it away?
  bool Ignores(int signal) const;
  // The first process hears only signals that it catches.
  void Protect() { protected_ = true; }

  enum class Posted : uint8_t { kDropped, kBlocked, kDeliverable };
  // Stop signals and SIGCONT cancel each other whether or not they are dropped themselves.
  Posted Post(int signal, const SignalInfo& info);
  // A fault of the program itself: comes through although blocked or ignored.
  void Force(int signal, const SignalInfo& info);

  // Takes the next deliverable signal: faults first, then by number. 0 = none.
  int Take();
  // The stop signal taken last may still stop: neither SIGCONT nor SIGKILL has come since.
  bool MayStop() const { return may_stop_; }
  void Forget(int signal) { pending_ &= ~Bit(signal); }

  // Fork's child has nothing pending and is not the first process; execve turns caught signals
  // into defaults.
  void AfterFork() {
    pending_ = 0;
    protected_ = false;
  }
  void AfterExec();

 private:
  // Of what is not blocked.
  void ForgetIgnored();

  SignalSet pending_ = 0;
  SignalSet blocked_ = 0;
  SignalSet waited_ = 0;
  bool protected_ = false;
  bool may_stop_ = false;
  SignalAction actions_[kSignals];
  SignalInfo info_[kSignals];
};

}  // namespace proc
