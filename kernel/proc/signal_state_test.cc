// SPDX-License-Identifier: BSD-2-Clause
// Which signals come through, in which order, and what they cancel.

#include "kernel/proc/signal_state.h"

#include <gtest/gtest.h>

#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"

namespace proc {
namespace {

using Posted = SignalState::Posted;

constexpr SignalAction kCaught{0x1000, 0, 0, 0};
constexpr SignalAction kIgnored{kHandlerIgnore, 0, 0, 0};

TEST(Signals, DefaultActionsAreLinuxs) {
  for (int signal = 1; signal <= 31; ++signal) {
    DefaultAction expected = DefaultAction::kTerminate;
    switch (signal) {
      case SIGQUIT:
      case SIGILL:
      case SIGTRAP:
      case SIGABRT:
      case SIGBUS:
      case SIGFPE:
      case SIGSEGV:
      case SIGXCPU:
      case SIGXFSZ:
      case SIGSYS:
        expected = DefaultAction::kDump;
        break;
      case SIGCHLD:
      case SIGURG:
      case SIGWINCH:
        expected = DefaultAction::kIgnore;
        break;
      case SIGSTOP:
      case SIGTSTP:
      case SIGTTIN:
      case SIGTTOU:
        expected = DefaultAction::kStop;
        break;
      case SIGCONT:
        expected = DefaultAction::kContinue;
        break;
    }
    EXPECT_EQ(DefaultActionOf(signal), expected) << signal;
  }
}

TEST(Signals, DropsWhatIsIgnoredUnlessBlocked) {
  SignalState signals;
  EXPECT_EQ(signals.Post(SIGCHLD, {}), Posted::kDropped);
  EXPECT_EQ(signals.Post(SIGTERM, {}), Posted::kDeliverable);
  ASSERT_EQ(signals.SetAction(SIGTERM, kIgnored), base::Error::kOk);
  EXPECT_EQ(signals.pending(), 0u);  // POSIX: ignoring discards what is pending
  EXPECT_EQ(signals.Post(SIGTERM, {}), Posted::kDropped);
  signals.SetBlocked(Bit(SIGTERM));
  EXPECT_EQ(signals.Post(SIGTERM, {}), Posted::kBlocked);
  ASSERT_EQ(signals.SetAction(SIGTERM, kCaught), base::Error::kOk);
  EXPECT_EQ(signals.Take(), 0);
  signals.SetBlocked(0);
  EXPECT_EQ(signals.Take(), SIGTERM);
  EXPECT_EQ(signals.Take(), 0);
}

TEST(Signals, WhatIsIgnoredIsGoneWhenItIsUnblocked) {
  SignalState signals;
  signals.SetBlocked(Bit(SIGTERM) | Bit(SIGCHLD) | Bit(SIGUSR1) | Bit(SIGUSR2));
  ASSERT_EQ(signals.SetAction(SIGTERM, kIgnored), base::Error::kOk);
  ASSERT_EQ(signals.SetAction(SIGUSR1, kCaught), base::Error::kOk);
  for (const int signal : {SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2}) {
    EXPECT_EQ(signals.Post(signal, {}), Posted::kBlocked);
  }
  signals.SetBlocked(Bit(SIGUSR2));
  EXPECT_EQ(signals.pending(), Bit(SIGUSR1) | Bit(SIGUSR2));
  // What is still blocked counts by the action that it meets later.
  ASSERT_EQ(signals.SetAction(SIGUSR2, kCaught), base::Error::kOk);
  signals.SetBlocked(0);
  EXPECT_EQ(signals.Take(), SIGUSR1);
  EXPECT_EQ(signals.Take(), SIGUSR2);
  EXPECT_EQ(signals.Take(), 0);
}

TEST(Signals, WhatIsWaitedForWakesThoughBlocked) {
  SignalState signals;
  signals.SetBlocked(Bit(SIGCHLD) | Bit(SIGUSR1) | Bit(SIGUSR2));
  signals.SetWaited(Bit(SIGCHLD) | Bit(SIGUSR1) | Bit(SIGURG));
  EXPECT_EQ(signals.Post(SIGCHLD, {}), Posted::kDeliverable);
  EXPECT_EQ(signals.Post(SIGUSR1, {}), Posted::kDeliverable);
  EXPECT_EQ(signals.Post(SIGUSR2, {}), Posted::kBlocked);
  // Linux: nobody waits for what is ignored and not blocked.
  EXPECT_EQ(signals.Post(SIGURG, {}), Posted::kDropped);
  EXPECT_EQ(signals.pending(), Bit(SIGCHLD) | Bit(SIGUSR1) | Bit(SIGUSR2));
  // No handler gets any of them.
  EXPECT_EQ(signals.Deliverable(), 0u);
  signals.SetWaited(0);
  signals.Forget(SIGCHLD);
  EXPECT_EQ(signals.Post(SIGCHLD, {}), Posted::kBlocked);
  signals.SetWaited(~SignalSet{0});
  EXPECT_EQ(signals.waited(), ~(Bit(SIGKILL) | Bit(SIGSTOP)));
}

TEST(Signals, KillAndStopAreNeitherCaughtNorBlocked) {
  SignalState signals;
  EXPECT_EQ(signals.SetAction(SIGKILL, kCaught), base::Errno(EINVAL));
  EXPECT_EQ(signals.SetAction(SIGSTOP, kIgnored), base::Errno(EINVAL));
  EXPECT_EQ(signals.SetAction(0, kCaught), base::Errno(EINVAL));
  EXPECT_EQ(signals.SetAction(65, kCaught), base::Errno(EINVAL));
  signals.SetBlocked(~SignalSet{0});
  EXPECT_EQ(signals.blocked(), ~(Bit(SIGKILL) | Bit(SIGSTOP)));
  ASSERT_EQ(signals.SetAction(SIGUSR1, {0x1000, 0, 0, ~SignalSet{0}}), base::Error::kOk);
  EXPECT_EQ(signals.action(SIGUSR1).mask, ~(Bit(SIGKILL) | Bit(SIGSTOP)));
}

TEST(Signals, FaultsComeFirstThenTheLowestNumber) {
  SignalState signals;
  for (const int signal : {SIGTERM, SIGHUP, SIGSEGV}) (void)signals.Post(signal, {});
  EXPECT_EQ(signals.Take(), SIGSEGV);
  EXPECT_EQ(signals.Take(), SIGHUP);
  EXPECT_EQ(signals.Take(), SIGTERM);
}

TEST(Signals, StopsAndContinueCancelEachOther) {
  SignalState signals;
  (void)signals.Post(SIGTSTP, {});
  EXPECT_EQ(signals.Post(SIGCONT, {}), Posted::kDropped);
  EXPECT_EQ(signals.pending(), 0u);
  signals.SetBlocked(Bit(SIGCONT));
  (void)signals.Post(SIGCONT, {});
  (void)signals.Post(SIGTTIN, {});
  EXPECT_EQ(signals.pending(), Bit(SIGTTIN));
}

TEST(Signals, AStopThatWasTakenIsCancelledToo) {
  SignalState signals;
  for (const int signal : {SIGCONT, SIGKILL}) {
    (void)signals.Post(SIGSTOP, {});
    EXPECT_EQ(signals.Take(), SIGSTOP);
    EXPECT_TRUE(signals.MayStop());
    // Others, a further stop too, change nothing.
    (void)signals.Post(SIGUSR1, {});
    (void)signals.Post(SIGTSTP, {});
    EXPECT_TRUE(signals.MayStop());
    (void)signals.Post(signal, {});
    EXPECT_FALSE(signals.MayStop());
    while (signals.Take()) {
    }
  }
  (void)signals.Post(SIGTTIN, {});
  EXPECT_EQ(signals.Take(), SIGTTIN);
  EXPECT_TRUE(signals.MayStop());
}

TEST(Signals, FirstInformationIsKept) {
  SignalState signals;
  (void)signals.Post(SIGUSR1, {.pid = 7});
  (void)signals.Post(SIGUSR1, {.pid = 8});
  EXPECT_EQ(signals.info(SIGUSR1).pid, 7);
}

TEST(Signals, FaultsCannotBeBlockedOrIgnored) {
  SignalState signals;
  ASSERT_EQ(signals.SetAction(SIGSEGV, kCaught), base::Error::kOk);
  signals.Force(SIGSEGV, {.address = 0x10});
  EXPECT_EQ(signals.action(SIGSEGV).handler, kCaught.handler);
  EXPECT_EQ(signals.Take(), SIGSEGV);
  signals.SetBlocked(Bit(SIGSEGV));
  signals.Force(SIGSEGV, {});
  EXPECT_EQ(signals.action(SIGSEGV).handler, kHandlerDefault);
  EXPECT_EQ(signals.Take(), SIGSEGV);
  ASSERT_EQ(signals.SetAction(SIGSEGV, kIgnored), base::Error::kOk);
  signals.Force(SIGSEGV, {});
  EXPECT_EQ(signals.Take(), SIGSEGV);
}

TEST(Signals, TheFirstProcessHearsOnlyWhatItCatches) {
  SignalState signals;
  signals.Protect();
  EXPECT_EQ(signals.Post(SIGKILL, {}), Posted::kDropped);
  EXPECT_EQ(signals.Post(SIGTERM, {}), Posted::kDropped);
  ASSERT_EQ(signals.SetAction(SIGTERM, kCaught), base::Error::kOk);
  EXPECT_EQ(signals.Post(SIGTERM, {}), Posted::kDeliverable);
  signals.AfterFork();
  EXPECT_EQ(signals.Post(SIGKILL, {}), Posted::kDeliverable);
}

TEST(Signals, TheFirstProcessIsNotKilledByWhatItUnblocks) {
  SignalState signals;
  signals.Protect();
  signals.SetBlocked(Bit(SIGTERM));
  EXPECT_EQ(signals.Post(SIGTERM, {}), Posted::kBlocked);
  signals.SetBlocked(0);
  EXPECT_EQ(signals.Take(), 0);
  // Nor by what only the program before execve caught.
  ASSERT_EQ(signals.SetAction(SIGHUP, kCaught), base::Error::kOk);
  EXPECT_EQ(signals.Post(SIGHUP, {}), Posted::kDeliverable);
  signals.AfterExec();
  EXPECT_EQ(signals.Take(), 0);
  // Its own fault ends it all the same.
  signals.Force(SIGSEGV, {});
  EXPECT_EQ(signals.Take(), SIGSEGV);
}

TEST(Signals, ExecKeepsIgnoredAndBlockedOnly) {
  SignalState signals;
  ASSERT_EQ(signals.SetAction(SIGINT, kIgnored), base::Error::kOk);
  ASSERT_EQ(signals.SetAction(SIGTERM, kCaught), base::Error::kOk);
  signals.SetBlocked(Bit(SIGUSR1));
  (void)signals.Post(SIGUSR1, {});
  signals.AfterExec();
  EXPECT_EQ(signals.action(SIGINT).handler, kHandlerIgnore);
  EXPECT_EQ(signals.action(SIGTERM).handler, kHandlerDefault);
  EXPECT_EQ(signals.pending(), Bit(SIGUSR1));
  signals.AfterFork();
  EXPECT_EQ(signals.pending(), 0u);
  EXPECT_EQ(signals.blocked(), Bit(SIGUSR1));
}

}  // namespace
}  // namespace proc
