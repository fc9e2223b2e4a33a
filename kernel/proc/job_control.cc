// SPDX-License-Identifier: BSD-2-Clause
//
// dev::JobControl over the process table: "the caller" is the current process.

#include "kernel/proc/job_control.h"

#include "kernel/dev/job_control.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"

namespace proc {
namespace {

class TableJobControl final : public dev::JobControl {
 public:
  int32_t Session() override { return Read(&Process::session); }
  int32_t Group() override { return Read(&Process::group); }

  bool IsSessionLeader() override {
    const Process* self = Current();
    return self && Session() == self->pid;
  }

  dev::Tty* ControllingTerminal() override {
    sched::Guard guard(TableLock());
    return Current() ? Current()->terminal : nullptr;
  }

  void SetControllingTerminal(dev::Tty* tty) override {
    sched::Guard guard(TableLock());
    const Process* self = Current();
    if (!self) return;
    for (Process* at = First(); at; at = at->next) {
      if (at->session == self->session) at->terminal = tty;
    }
  }

  void LeaveTerminal() override {
    sched::Guard guard(TableLock());
    if (Process* self = Current()) self->terminal = nullptr;
  }

  void TakeTerminalAway(const dev::Tty* tty) override {
    sched::Guard guard(TableLock());
    for (Process* at = First(); at; at = at->next) {
      if (at->terminal == tty) at->terminal = nullptr;
    }
  }

  bool IgnoresOrBlocks(int signal) override {
    sched::Guard guard(TableLock());
    const SignalState& signals = Current()->signals;
    return (signals.blocked() & Bit(signal)) || signals.action(signal).handler == kHandlerIgnore;
  }

  bool IsOrphanedGroup() override {
    sched::Guard guard(TableLock());
    return proc::IsOrphanedGroup(Current()->group, Current()->session);
  }

  bool IsPrivileged() override { return Current() && Current()->context.who.Privileged(); }

  bool GroupIsInSession(int32_t group, int32_t session) override {
    sched::Guard guard(TableLock());
    return GroupExists(group, session);
  }

  void SignalGroup(int32_t group, int signal) override {
    sched::Guard guard(TableLock());
    SignalInfo info;
    info.code = kCodeKernel;
    (void)PostToGroup(group, signal, info);
  }

 private:
  static int32_t Read(int32_t Process::*field) {
    sched::Guard guard(TableLock());
    const Process* self = Current();
    return self ? self->*field : 0;
  }
};

TableJobControl g_job_control;

}  // namespace

void InstallJobControl() { dev::SetJobControl(&g_job_control); }

}  // namespace proc
