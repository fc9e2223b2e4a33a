// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/process.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/vfs/vfs.h"

namespace proc {

using base::Errno;
using base::Result;

namespace {

constexpr int32_t kPidMax = 32768;
constexpr size_t kMostProcesses = 4096;
constexpr size_t kSnapshotAlign = 64;
constexpr uint64_t kUnlimited = ~uint64_t{0};

sched::Mutex g_lock;
Process* g_first = nullptr;
size_t g_count = 0;
int32_t g_last_pid = 0;

// Linux resource numbers (asm-generic/resource.h).
enum Resource { kStack = 3, kCore = 4, kProcesses = 6, kFiles = 7 };

void SetDefaultLimits(Process& process) {
  for (ResourceLimit& limit : process.limits) limit = {kUnlimited, kUnlimited};
  process.limits[kStack] = {uint64_t{256} << 10, kUnlimited};
  process.limits[kCore] = {0, kUnlimited};
  process.limits[kProcesses] = {kMostProcesses, kMostProcesses};
  process.limits[kFiles] = {kMaxDescriptors, kMaxDescriptors};
}

// With the lock held. A group or session that lives keeps its number from being a new pid.
bool PidTaken(int32_t pid) {
  for (const Process* at = g_first; at; at = at->next) {
    if (at->pid == pid || at->group == pid || at->session == pid) return true;
  }
  return false;
}

}  // namespace

sched::Mutex& TableLock() { return g_lock; }
Process* Current() { return sched::CurrentProcess(); }
Process* First() { return g_first; }
size_t Count() { return g_count; }

void CountCallTime(Process& process) {
  if (!process.call_start_ns) return;
  process.system_ns += sched::CpuNs(sched::Current()) - process.call_start_ns;
  process.call_start_ns = 0;
}

Process* Find(int32_t pid) {
  for (Process* at = g_first; at; at = at->next) {
    if (at->pid == pid) return at;
  }
  return nullptr;
}

Process* Init() { return Find(1); }

bool GroupExists(int32_t group, int32_t session) {
  for (const Process* at = g_first; at; at = at->next) {
    if (at->group == group && at->session == session) return true;
  }
  return false;
}

bool IsOrphanedGroup(int32_t group, int32_t session) {
  for (const Process* at = g_first; at; at = at->next) {
    if (at->group != group || at->state == State::kZombie || !at->parent) continue;
    if (at->parent->group != group && at->parent->session == session) return false;
  }
  return true;
}

Result<Process*> Create() {
  Process* process = base::New<Process>();
  if (!process) return Errno(ENOMEM);
  SetDefaultLimits(*process);
  const mm::PhysAddr frames = mm::AllocateFrames(kBounceBytes / mm::kPageSize);
  process->bounce = frames == mm::kNoFrame ? nullptr : static_cast<char*>(mm::DirectMap(frames));
  process->snapshot =
      static_cast<arch::UserSnapshot*>(mm::Allocate(arch::UserSnapshotBytes(), kSnapshotAlign));
  if (!process->bounce || !process->snapshot) {
    Destroy(process);
    return Errno(ENOMEM);
  }
  // A CPU may save vector state without writing all of its area, and refuse garbage there.
  std::memset(process->snapshot, 0, arch::UserSnapshotBytes());
  process->start_ns = sched::NowNs();
  sched::Guard guard(g_lock);
  if (g_count >= kMostProcesses) {
    Destroy(process);
    return Errno(EAGAIN);
  }
  do {
    g_last_pid = g_last_pid >= kPidMax ? 2 : g_last_pid + 1;
  } while (PidTaken(g_last_pid));
  process->pid = g_last_pid;
  return process;
}

void Destroy(Process* process) {
  if (process->bounce) {
    mm::ReleaseFrames(mm::DirectMapPhys(process->bounce), kBounceBytes / mm::kPageSize);
  }
  mm::Free(process->snapshot);
  mm::Free(process->executable);
  mm::Free(process->command_line);
  base::Delete(process);
}

base::Error SetProgram(Process& process, std::string_view executable,
                       std::string_view command_line) {
  if (command_line.size() > kCommandLineMost)
    command_line = {command_line.data(), kCommandLineMost};
  char* path = static_cast<char*>(mm::Allocate(executable.size() + 1));
  char* line = static_cast<char*>(mm::Allocate(command_line.size() + 1));
  if (!path || !line) {
    mm::Free(path);
    mm::Free(line);
    return Errno(ENOMEM);
  }
  std::memcpy(path, executable.data(), executable.size());
  path[executable.size()] = '\0';
  std::memcpy(line, command_line.data(), command_line.size());
  {
    sched::Guard guard(g_lock);
    std::swap(process.executable, path);
    std::swap(process.command_line, line);
    process.command_line_bytes = command_line.size();
  }
  mm::Free(path);
  mm::Free(line);
  return base::Error::kOk;
}

void Insert(Process& process, Process* parent) {
  Process** link = &g_first;
  while (*link && (*link)->pid < process.pid) link = &(*link)->next;
  process.next = *link;
  *link = &process;
  ++g_count;
  process.parent = parent;
  if (!parent) return;
  process.next_sibling = parent->first_child;
  parent->first_child = &process;
}

void Remove(Process& process) {
  for (Process** link = &g_first; *link; link = &(*link)->next) {
    if (*link != &process) continue;
    *link = process.next;
    --g_count;
    break;
  }
  if (!process.parent) return;
  for (Process** link = &process.parent->first_child; *link; link = &(*link)->next_sibling) {
    if (*link != &process) continue;
    *link = process.next_sibling;
    break;
  }
}

}  // namespace proc

namespace vfs {

const Context& CurrentContext() {
  const proc::Process* process = proc::Current();
  return process ? process->context : KernelContext();
}

}  // namespace vfs
