// SPDX-License-Identifier: BSD-2-Clause
//
// Processes: making, replacing, ending, waiting; groups and sessions.

#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/mmu.h"
#include "kernel/kpi/errno.h"
#include "kernel/proc/execute.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;
using proc::Process;

namespace {

// uapi/linux/sched.h
enum CloneFlags : uint64_t {
  kCloneSignal = 0xff,
  kCloneVm = 0x100,
  kCloneFs = 0x200,
  kCloneFiles = 0x400,
  kCloneHandlers = 0x800,
  kCloneVfork = 0x4000,
  kCloneThread = 0x10000,
  kCloneSetTls = 0x80000,
  kCloneParentSetTid = 0x100000,
  kCloneChildClearTid = 0x200000,
  kCloneChildSetTid = 0x1000000,
};

int64_t DoFork(Arguments& a, const proc::ForkRequest& request) {
  const Result<int32_t> pid = proc::Fork(a.context, request);
  return pid.ok() ? pid.value() : Fail(pid.error());
}

// One string of argv or envp, which may be longer than there is room at a time.
Error AddString(Process& process, uint64_t address, bool environment, exec::Arguments* to) {
  char* const buffer = process.bounce + vfs::kPathMax;
  constexpr size_t kRoom = proc::kBounceBytes - vfs::kPathMax;
  for (;; address += kRoom) {
    const Result<size_t> last = mm::CopyInString(buffer, address, kRoom);
    if (last.ok()) return to->Add({buffer, last.value()}, environment);
    if (last.error() != Errno(ENAMETOOLONG)) return last.error();
    const Error error = to->Begin({buffer, kRoom});
    if (!base::Ok(error)) return error;
  }
}

// The strings of argv or envp; a null pointer is an empty list, as on Linux.
Error AddStrings(Process& process, uint64_t list, bool environment, exec::Arguments* to) {
  for (; list; list += sizeof(uintptr_t)) {
    uintptr_t address = 0;
    Error error = ReadUser(&address, list);
    if (!base::Ok(error)) return error;
    if (!address) return Error::kOk;
    error = AddString(process, address, environment, to);
    if (!base::Ok(error)) return error;
  }
  return Error::kOk;
}

Error DoExecve(Arguments& a) {
  exec::Arguments arguments;
  Error error = AddStrings(a.process, a[1], false, &arguments);
  if (base::Ok(error) && arguments.argument_count == 0) error = arguments.Add("", false);
  if (base::Ok(error)) error = AddStrings(a.process, a[2], true, &arguments);
  if (!base::Ok(error)) return error;
  const Result<std::string_view> path = UserPath(a.process, a[0]);
  if (!path.ok()) return path.error();
  return proc::LoadInto(a.process, path.value(), arguments);
}

// With the table's lock held: the caller or one of its children, else null.
Process* OwnOrChild(Process& self, int32_t pid) {
  if (pid == 0 || pid == self.pid) return &self;
  Process* const other = proc::Find(pid);
  return other && other->parent == &self ? other : nullptr;
}

Error SetGroup(Process& self, int32_t pid, int32_t group) {
  if (group < 0) return Errno(EINVAL);
  sched::Guard guard(proc::TableLock());
  Process* const process = OwnOrChild(self, pid);
  if (!process || process->state == proc::State::kZombie) return Errno(ESRCH);
  if (process != &self && process->executed) return Errno(EACCES);
  if (process->session != self.session || process->session == process->pid) return Errno(EPERM);
  if (!group) group = process->pid;
  if (group != process->pid && !proc::GroupExists(group, self.session)) return Errno(EPERM);
  process->group = group;
  return Error::kOk;
}

int64_t GetField(int32_t pid, int32_t Process::*field) {
  sched::Guard guard(proc::TableLock());
  const Process* process = pid ? proc::Find(pid) : proc::Current();
  return process ? process->*field : -ESRCH;
}

arch::SigInfo InfoOf(const proc::Waited& waited) {
  arch::SigInfo info{};
  if (!waited.pid) return info;
  constexpr int32_t kSigchld = 17;
  const int32_t status = waited.status;
  info.signal = kSigchld;
  info.sender.pid = waited.pid;
  info.sender.uid = waited.uid;
  if (status == proc::kContinuedStatus) {
    info.code = proc::kCodeContinued;
    info.sender.status = 18;  // SIGCONT
  } else if ((status & 0xff) == 0x7f) {
    info.code = proc::kCodeStopped;
    info.sender.status = status >> 8;
  } else if (status & 0x7f) {
    info.code = proc::kCodeKilled;
    info.sender.status = status & 0x7f;
  } else {
    info.code = proc::kCodeExited;
    info.sender.status = status >> 8 & 0xff;
  }
  return info;
}

Error StoreWaited(const proc::Waited& waited, uint64_t status, uint64_t usage) {
  if (!waited.pid) return Error::kOk;
  if (status) {
    const Error error = WriteUser(status, waited.status);
    if (!base::Ok(error)) return error;
  }
  return usage ? WriteUser(usage, UsageOf(waited.times)) : Error::kOk;
}

}  // namespace

int64_t SysFork(Arguments& a) { return DoFork(a, {}); }
int64_t SysVfork(Arguments& a) { return DoFork(a, {.share_space = true}); }

int64_t SysClone(Arguments& a) {
  const uint64_t flags = a[0];
  const bool vfork = (flags & (kCloneVm | kCloneVfork)) == (kCloneVm | kCloneVfork);
  // Threads are not to be had, and what is shared is shared until vfork's end only.
  if (flags & kCloneThread) return -EINVAL;
  if (!vfork && (flags & (kCloneVm | kCloneFs | kCloneFiles | kCloneHandlers))) return -EINVAL;
  const arch::LinuxAbi& abi = arch::kLinuxAbi;
  Word tls = static_cast<Word>(abi.clone_tls_is_fourth ? a[3] : a[4]);
  const uint64_t child_tid = abi.clone_tls_is_fourth ? a[4] : a[3];
  if ((flags & kCloneSetTls) && abi.clone_tls_in_memory) {
    const Error error = ReadUser(&tls, tls + abi.clone_tls_offset);
    if (!base::Ok(error)) return Fail(error);
  }
  // Some CPUs fault in the kernel when they load an address that cannot be one.
  if ((flags & kCloneSetTls) && tls >= arch::UserEnd()) return -EPERM;
  proc::ForkRequest request;
  request.share_space = vfork;
  request.stack = a[1];
  request.set_thread_pointer = (flags & kCloneSetTls) != 0;
  request.thread_pointer = tls;
  if (flags & kCloneParentSetTid) request.parent_tid = a[2];
  if (flags & kCloneChildSetTid) request.child_tid = child_tid;
  return DoFork(a, request);
}

int64_t SysExecve(Arguments& a) {
  const Error error = DoExecve(a);
  if (!base::Ok(error)) return Fail(error);
  arch::EnterUser(a.process.snapshot);
}

int64_t SysExit(Arguments& a) { proc::EndCurrent(proc::ExitedStatus(a.Int(0))); }
int64_t SysExitGroup(Arguments& a) { proc::EndCurrent(proc::ExitedStatus(a.Int(0))); }

int64_t SysWait4(Arguments& a) {
  constexpr uint32_t kKnown = proc::kWaitNoHang | proc::kWaitStopped | proc::kWaitContinued;
  constexpr uint32_t kIgnored = 0xe0000000;  // __WALL, __WCLONE, __WNOTHREAD
  const auto options = static_cast<uint32_t>(a[2]);
  if (options & ~(kKnown | kIgnored)) return -EINVAL;
  if (a.Int(0) == INT32_MIN) return -ESRCH;
  const Result<proc::Waited> waited = proc::Wait(a.Int(0), (options & kKnown) | proc::kWaitExited);
  if (!waited.ok()) return FailAgain(a, waited.error());
  const Error error = StoreWaited(waited.value(), a[1], a[3]);
  return base::Ok(error) ? waited.value().pid : Fail(error);
}

int64_t SysWaitpid(Arguments& a) {
  a.values[3] = 0;
  return SysWait4(a);
}

int64_t SysWaitid(Arguments& a) {
  enum : uint64_t { kAll = 0, kPid = 1, kGroup = 2 };
  constexpr uint32_t kEvents = proc::kWaitExited | proc::kWaitStopped | proc::kWaitContinued;
  const auto options = static_cast<uint32_t>(a[3]);
  if (options & ~(kEvents | proc::kWaitNoHang | proc::kWaitNoReap)) return -EINVAL;
  if ((options & kEvents) == 0 || a[0] > kGroup) return -EINVAL;
  if (a[0] != kAll && a.Int(1) < (a[0] == kPid ? 1 : 0)) return -EINVAL;
  const int32_t which = a[0] == kAll ? -1 : a[0] == kPid ? a.Int(1) : -a.Int(1);
  const Result<proc::Waited> waited = proc::Wait(which, options);
  if (!waited.ok()) return FailAgain(a, waited.error());
  if (a[2]) {
    const Error error = WriteUser(a[2], InfoOf(waited.value()));
    if (!base::Ok(error)) return Fail(error);
  }
  return Fail(StoreWaited(waited.value(), 0, a[4]));
}

int64_t SysGetpid(Arguments& a) { return a.process.pid; }
int64_t SysGettid(Arguments& a) { return a.process.pid; }
int64_t SysGetppid(Arguments& a) {
  sched::Guard guard(proc::TableLock());
  return a.process.parent ? a.process.parent->pid : 0;
}
int64_t SysGetpgid(Arguments& a) { return GetField(a.Int(0), &Process::group); }
int64_t SysGetpgrp(Arguments&) { return GetField(0, &Process::group); }
int64_t SysGetsid(Arguments& a) { return GetField(a.Int(0), &Process::session); }
int64_t SysSetpgid(Arguments& a) { return Fail(SetGroup(a.process, a.Int(0), a.Int(1))); }

int64_t SysSetsid(Arguments& a) {
  Process& self = a.process;
  sched::Guard guard(proc::TableLock());
  for (const Process* at = proc::First(); at; at = at->next) {
    if (at->group == self.pid && at != &self) return -EPERM;
  }
  if (self.group == self.pid && self.pid != 1) return -EPERM;
  self.session = self.group = self.pid;
  self.terminal = nullptr;
  return self.pid;
}

// One thread a process, so its id never changes and nobody waits for its end by address.
int64_t SysSetTidAddress(Arguments& a) { return a.process.pid; }
int64_t SysSetRobustList(Arguments& a) {
  constexpr uint64_t kListHeadBytes = 3 * sizeof(uintptr_t);
  return a[1] == kListHeadBytes ? 0 : -EINVAL;
}

// Restartable sequences are not offered; C libraries ask once and do without.
int64_t SysRseq(Arguments&) { return -ENOSYS; }

int64_t SysPrctl(Arguments& a) {
  enum : int32_t { kSetName = 15, kGetName = 16 };
  Process& self = a.process;
  if (a.Int(0) == kGetName) return Fail(WriteUser(a[1], self.name));
  if (a.Int(0) != kSetName) return -EINVAL;
  char name[proc::kNameMax] = {};
  const Result<size_t> length = mm::CopyInString(name, a[1], sizeof name);
  if (!length.ok() && length.error() != Errno(ENAMETOOLONG)) return Fail(length.error());
  name[proc::kNameMax - 1] = '\0';
  sched::Guard guard(proc::TableLock());
  for (size_t i = 0; i < proc::kNameMax; ++i) self.name[i] = name[i];
  return 0;
}

int64_t SysSchedYield(Arguments&) {
  sched::Yield();
  return 0;
}

int64_t SysSchedGetaffinity(Arguments& a) {
  const Word mask = 1;  // one CPU runs
  if (a[1] < sizeof mask) return -EINVAL;
  const Error error = WriteUser(a[2], mask);
  return base::Ok(error) ? static_cast<int64_t>(sizeof mask) : Fail(error);
}

}  // namespace syscalls
