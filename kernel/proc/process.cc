// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/process.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/base/string.h"
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

base::Error Process::SetExecutable(const char* path) {
  const size_t bytes = base::StringLength(path) + 1;
  char* copy = static_cast<char*>(mm::Allocate(bytes));
  if (!copy) return Errno(ENOMEM);
  std::memcpy(copy, path, bytes);
  mm::Free(executable);
  executable = copy;
  return base::Error::kOk;
}

sched::Mutex& TableLock() { return g_lock; }
Process* Current() { return sched::CurrentProcess(); }
Process* First() { return g_first; }
size_t Count() { return g_count; }

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
  base::Delete(process);
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
