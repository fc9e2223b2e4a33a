// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/lifecycle.h"

#include <cstring>

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"
#include "kernel/dev/tty.h"
#include "kernel/exec/image_cache.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/proc/signal.h"

namespace proc {

using base::Errno;
using base::Error;
using base::Result;

namespace {

// A new process's first instructions in the kernel.
void Begin(void* argument) {
  Process& process = *static_cast<Process*>(argument);
  {
    sched::Guard guard(TableLock());
    process.thread = sched::Current();
    // Whoever posted earlier had nobody to wake.
    if (process.attention) sched::Interrupt(process.thread);
  }
  sched::SetProcess(&process, process.space);
  arch::EnterUser(process.snapshot);
}

// What the child has of its own from the start. On failure the child has no space.
Error CopyToChild(Process& parent, Process& child, arch::UserContext& context,
                  const ForkRequest& request) {
  const Error error = child.files.CopyFrom(parent.files);
  if (!base::Ok(error)) return error;
  child.context = parent.context;
  std::memcpy(child.limits, parent.limits, sizeof child.limits);
  std::memcpy(child.name, parent.name, sizeof child.name);
  child.signal_return = parent.signal_return;
  if (parent.executable) {
    const Error named =
        SetProgram(child, {parent.executable, base::StringLength(parent.executable)},
                   {parent.command_line, parent.command_line_bytes});
    if (!base::Ok(named)) return named;
  }
  if (!request.share_space || !request.stack) child.alternate_stack = parent.alternate_stack;
  arch::SaveUser(context, child.snapshot);
  arch::SetSnapshotResult(child.snapshot, 0);
  if (request.stack) arch::SetSnapshotStack(child.snapshot, request.stack);
  if (request.set_thread_pointer) {
    arch::SetSnapshotThreadPointer(child.snapshot, request.thread_pointer);
  }
  if (request.share_space) {
    child.space = parent.space;
    child.sharing_space = true;
    return Error::kOk;
  }
  Result<mm::AddressSpace*> space = parent.space->Fork();
  // What is kept for later gives way to what is wanted now.
  if (space.error() == Errno(ENOMEM) && exec::DropCache()) space = parent.space->Fork();
  if (!space.ok()) return space.error();
  child.space = space.value();
  return Error::kOk;
}

// With the table's lock held: the child can be found, signalled and waited for from here on.
void Publish(Process& parent, Process& child) {
  child.group = parent.group;
  child.session = parent.session;
  child.terminal = parent.terminal;
  child.signals = parent.signals;
  child.signals.AfterFork();
  if (child.sharing_space) parent.lent_space = true;
  Insert(child, &parent);
}

void Abandon(Process* child) {
  if (child->space && !child->sharing_space) child->space->Destroy();
  Destroy(child);
}

// With the table's lock held. POSIX: a group that becomes orphaned with a stopped member is hung up
// and continued, for nobody else would continue it. `was` is what it was before.
void ReleaseOrphanedGroup(int32_t group, int32_t session, bool was) {
  if (was || !IsOrphanedGroup(group, session)) return;
  bool stopped = false;
  for (const Process* at = First(); at; at = at->next) {
    stopped = stopped || (at->group == group && at->state == State::kStopped);
  }
  if (!stopped) return;
  (void)PostToGroup(group, SIGHUP, SignalInfo{});
  (void)PostToGroup(group, SIGCONT, SignalInfo{});
}

// With the table's lock held: the first process takes the children over.
void GiveChildrenAway(Process& process) {
  Process* const init = Init();
  while (Process* child = process.first_child) {
    const bool was = IsOrphanedGroup(child->group, child->session);
    process.first_child = child->next_sibling;
    child->parent = init;
    child->next_sibling = init->first_child;
    init->first_child = child;
    ReleaseOrphanedGroup(child->group, child->session, was);
    if (child->state != State::kZombie) continue;
    Post(*init, SIGCHLD, SignalInfo{});
    init->changed.Broadcast();
  }
}

// The terminal of a session goes with the session's leader.
void GiveTerminalUp(const Process& process) {
  dev::Tty* terminal = nullptr;
  {
    sched::Guard guard(TableLock());
    if (process.session != process.pid) return;
    terminal = process.terminal;
  }
  if (terminal) terminal->Hangup(process.pid);
}

void TellParentOfEnd(Process& process) {
  SignalInfo info;
  const int32_t status = process.wait_status;
  const int signal = status & 0x7f;
  info.code = signal ? kCodeKilled : kCodeExited;
  info.status = signal ? signal : status >> 8 & 0xff;
  info.pid = process.pid;
  info.uid = process.context.who.uid;
  Post(*process.parent, SIGCHLD, info);
  process.parent->changed.Broadcast();
}

[[noreturn]] void EndMachine(int32_t wait_status) {
  const int signal = wait_status & 0x7f;
  const int code = signal ? 128 + signal : wait_status >> 8 & 0xff;
  base::Log(base::Level::kNotice, "the first process has ended with status %d", code);
  PowerOff(static_cast<uint8_t>(code));
}

}  // namespace

Result<int32_t> Fork(arch::UserContext& context, const ForkRequest& request) {
  Process& parent = *Current();
  // 1. A child that nobody sees.
  const Result<Process*> made = Create();
  if (!made.ok()) return made.error();
  Process& child = *made.value();
  Error error = CopyToChild(parent, child, context, request);
  const int32_t pid = child.pid;
  if (base::Ok(error) && request.child_tid) {
    error = child.space->Write(request.child_tid, &pid, sizeof pid);
  }
  if (base::Ok(error) && request.parent_tid) {
    error = mm::CopyOut(request.parent_tid, &pid, sizeof pid);
  }
  if (!base::Ok(error)) {
    Abandon(&child);
    return error;
  }
  // 2. Into the table, then its thread: its first instruction must find it there.
  {
    sched::Guard guard(TableLock());
    Publish(parent, child);
  }
  const Result<sched::Thread*> thread = sched::Start(child.name, Begin, &child);
  if (!thread.ok()) {
    {
      sched::Guard guard(TableLock());
      Remove(child);
      parent.lent_space = false;
    }
    Abandon(&child);
    return thread.error();
  }
  sched::Detach(thread.value());
  // 3. A vforked child runs in our memory: it first.
  if (request.share_space) {
    sched::Guard guard(TableLock());
    while (parent.lent_space) (void)parent.changed.Wait(TableLock());
  }
  return pid;
}

void LeaveSpace(Process& process, mm::AddressSpace* next) {
  mm::AddressSpace* const old = process.space;
  process.space = next;
  sched::SetProcess(next ? &process : nullptr, next);
  bool shared = false;
  {
    sched::Guard guard(TableLock());
    shared = process.sharing_space;
    process.sharing_space = false;
    if (shared && process.parent) {
      process.parent->lent_space = false;
      process.parent->changed.Broadcast();
    }
  }
  if (old && !shared) old->Destroy();
}

void EndCurrent(int32_t wait_status) {
  Process& process = *Current();
  if (process.pid == 1) EndMachine(wait_status);
  // 1. What others may wait for: files, the terminal, the borrowed memory.
  process.files.CloseAll();
  GiveTerminalUp(process);
  CountCallTime(process);
  const uint64_t cpu = sched::CpuNs(sched::Current());
  const uint64_t system = process.system_ns;
  LeaveSpace(process, nullptr);
  process.context.root.Reset();
  process.context.cwd.Reset();
  // 2. The family. Once it is a zombie and the lock is open the process may be gone.
  Process* unclaimed = nullptr;
  {
    sched::Guard guard(TableLock());
    GiveChildrenAway(process);
    process.thread = nullptr;
    process.alarm_ns = 0;
    process.wait_status = wait_status;
    process.own_times = {cpu > system ? cpu - system : 0, system};
    const bool was = IsOrphanedGroup(process.group, process.session);
    process.state = State::kZombie;
    ReleaseOrphanedGroup(process.group, process.session, was);
    const SignalAction& action = process.parent->signals.action(SIGCHLD);
    const bool unwanted = action.handler == kHandlerIgnore || (action.flags & kSaNoCldWait);
    TellParentOfEnd(process);
    if (unwanted) {
      Remove(process);
      unclaimed = &process;
    }
  }
  if (unclaimed) Destroy(unclaimed);
  sched::Exit();
}

namespace {

bool IsMeant(const Process& self, const Process& child, int32_t which) {
  if (which > 0) return child.pid == which;
  if (which == -1) return true;
  return child.group == (which == 0 ? self.group : -which);
}

// Whether this child has something to tell; takes the report away unless it is to stay.
bool TakeReport(Process& child, uint32_t options, Waited* out) {
  const bool keep = (options & kWaitNoReap) != 0;
  out->pid = child.pid;
  out->uid = child.context.who.uid;
  out->status = child.wait_status;
  if (child.state == State::kZombie) return (options & kWaitExited) != 0;
  if (child.state == State::kStopped && child.stop_reportable && (options & kWaitStopped)) {
    if (!keep) child.stop_reportable = false;
    return true;
  }
  if (child.continue_reportable && (options & kWaitContinued)) {
    if (!keep) child.continue_reportable = false;
    out->status = kContinuedStatus;
    return true;
  }
  return false;
}

}  // namespace

Result<Waited> Wait(int32_t which, uint32_t options) {
  Process& self = *Current();
  Process* reaped = nullptr;
  Waited result;
  {
    sched::Guard guard(TableLock());
    Error slept = Error::kOk;
    for (;;) {
      bool any = false;
      bool found = false;
      for (Process* child = self.first_child; child && !found; child = child->next_sibling) {
        if (!IsMeant(self, *child, which)) continue;
        any = true;
        found = TakeReport(*child, options, &result);
        if (!found || child->state != State::kZombie) continue;
        result.times.user_ns = child->own_times.user_ns + child->child_times.user_ns;
        result.times.system_ns = child->own_times.system_ns + child->child_times.system_ns;
        if (options & kWaitNoReap) continue;
        reaped = child;
        self.child_times.user_ns += result.times.user_ns;
        self.child_times.system_ns += result.times.system_ns;
        Remove(*child);
        break;
      }
      if (found) break;
      if (!any) return Errno(ECHILD);
      if (options & kWaitNoHang) return Waited{};
      // The signal may be the SIGCHLD of what is waited for: the children come first.
      if (!base::Ok(slept)) return slept;
      slept = self.changed.Wait(TableLock(), true);
    }
  }
  if (reaped) Destroy(reaped);
  return result;
}

}  // namespace proc
