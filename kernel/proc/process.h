// SPDX-License-Identifier: BSD-2-Clause
//
// A process and the table of all of them. A process is one kernel thread that runs a user program.
//
// Fields are of three kinds:
//   the thread's own      used by the process's thread alone (files, paths, memory);
//   the table's           tree, groups, state, signals: with TableLock() held. What is atomic may
//                         be read without;
//   fixed                 set before the process can be found, never changed.
#pragma once

#include <atomic>
#include <cstdint>

#include "arch/contract/kernel/user.h"
#include "kernel/base/result.h"
#include "kernel/mm/address_space.h"
#include "kernel/proc/alternate_stack.h"
#include "kernel/proc/fd_table.h"
#include "kernel/proc/signal_state.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/path.h"

namespace dev {
class Tty;
}

namespace proc {

inline constexpr size_t kNameMax = 16;            // TASK_COMM_LEN, with the NUL
inline constexpr size_t kBounceBytes = 4 * 4096;  // one copy between user and kernel
inline constexpr int kResourceLimits = 16;
inline constexpr size_t kCommandLineMost = 4096;

enum class State : uint8_t { kRunning, kStopped, kZombie };

struct ResourceLimit {
  uint64_t soft;
  uint64_t hard;
};

struct CpuTimes {
  uint64_t user_ns = 0;
  uint64_t system_ns = 0;
};

// How a system call that a signal interrupted goes on.
enum class Restart : uint8_t {
  kNo,
  kWithHandler,     // again, when the handler has SA_RESTART
  kWithoutHandler,  // again, only if no handler runs (poll, nanosleep)
};

struct Process {
  // ---- Fixed ----
  int32_t pid = 0;

  // ---- The thread's own ----
  mm::AddressSpace* space = nullptr;
  vfs::Context context;
  FdTable files;
  ResourceLimit limits[kResourceLimits];
  char* bounce = nullptr;                  // kBounceBytes
  arch::UserSnapshot* snapshot = nullptr;  // what the thread starts with after fork and exec
  uintptr_t signal_return = 0;             // exec::Program's
  AlternateStack alternate_stack;
  Restart restart = Restart::kNo;
  uint64_t restart_call = 0;
  uint64_t restart_deadline_ns = 0;  // of the call that was interrupted; 0 = none
  bool restarted = false;            // the call in progress is issued again
  bool restore_mask = false;         // saved_mask comes back after delivery (sigsuspend, ppoll)
  SignalSet saved_mask = 0;
  char name[kNameMax] = {};
  uint64_t start_ns = 0;
  uint64_t system_ns = 0;      // CPU time inside system calls that have ended
  uint64_t call_start_ns = 0;  // CPU time when the one in progress began; 0 = none

  // ---- The table's ----
  sched::Thread* thread = nullptr;  // null before the first and after the last instruction
  State state = State::kRunning;
  char* executable = nullptr;    // absolute path of the file, on the heap; null before execve
  char* command_line = nullptr;  // argv's strings, each with its NUL; cut at kCommandLineMost
  size_t command_line_bytes = 0;
  int32_t group = 0;
  int32_t session = 0;
  dev::Tty* terminal = nullptr;
  Process* parent = nullptr;  // null for the first process
  Process* first_child = nullptr;
  Process* next_sibling = nullptr;
  Process* next = nullptr;  // all processes, by pid
  SignalState signals;
  int32_t wait_status = 0;       // of a zombie, a stop or a continuation, as wait(2) encodes it
  bool stop_reportable = false;  // wait has not told of the stop yet
  bool continue_reportable = false;
  bool executed = false;       // has called execve: setpgid by the parent is over
  bool sharing_space = false;  // vfork: the space is the parent's, who waits
  bool lent_space = false;     // the other side of it
  CpuTimes own_times;          // of a zombie
  CpuTimes child_times;
  uint64_t alarm_ns = 0;  // monotonic; 0 = none
  uint64_t alarm_interval_ns = 0;
  sched::Condition changed;  // a child changed, this one was continued, a vfork child let go
  // Something BeforeUser must look at: read without the lock.
  std::atomic<bool> attention{false};
};

sched::Mutex& TableLock();

// The process whose program the current thread executes; null in kernel threads.
Process* Current();

// The current process's call, if one is in progress, is over: its CPU time was the kernel's.
void CountCallTime(Process& process);

// All of these with the table's lock held.
Process* Find(int32_t pid);
Process* First();  // then Process::next
Process* Init();   // pid 1
size_t Count();
bool GroupExists(int32_t group, int32_t session);
// POSIX: no member has a parent in another group of the same session.
bool IsOrphanedGroup(int32_t group, int32_t session);

// Makes a process without thread and parent, with the next free pid, not yet in the table: files,
// limits and context are empty. EAGAIN when there are too many, ENOMEM.
base::Result<Process*> Create();
// What /proc shows of its program; takes the lock. ENOMEM: nothing has changed.
base::Error SetProgram(Process& process, std::string_view executable,
                       std::string_view command_line);
void Insert(Process& process, Process* parent);  // with the lock held
void Remove(Process& process);                   // with the lock held
void Destroy(Process* process);                  // not in the table any more

// What wait(2) reports.
constexpr int32_t ExitedStatus(int code) { return (code & 0xff) << 8; }
constexpr int32_t KilledStatus(int signal, bool dumped) { return signal | (dumped ? 0x80 : 0); }
constexpr int32_t StoppedStatus(int signal) { return signal << 8 | 0x7f; }
inline constexpr int32_t kContinuedStatus = 0xffff;

}  // namespace proc
