// SPDX-License-Identifier: BSD-2-Clause
//
// How processes begin and end.
#pragma once

#include "kernel/proc/process.h"

namespace proc {

struct ForkRequest {
  bool share_space = false;  // vfork: the caller sleeps until the child has another space
  uintptr_t stack = 0;       // the child's stack pointer; 0 = the caller's
  bool set_thread_pointer = false;
  uintptr_t thread_pointer = 0;
  uintptr_t child_tid = 0;   // stored in the child's memory (CLONE_CHILD_SETTID)
  uintptr_t parent_tid = 0;  // stored in the caller's (CLONE_PARENT_SETTID)
};

// The child's pid. EAGAIN, ENOMEM: then nothing has happened.
base::Result<int32_t> Fork(arch::UserContext& context, const ForkRequest& request);

// Gives up the space: execve has another, or the process ends. Wakes a parent that vforked.
void LeaveSpace(Process& process, mm::AddressSpace* next);

// Ends the current process with a wait(2) status. The end of the first one is the end of the
// machine, with its exit code (128 + signal when it was killed).
[[noreturn]] void EndCurrent(int32_t wait_status);

enum WaitOptions : uint32_t {
  kWaitNoHang = 1,
  kWaitStopped = 2,
  kWaitExited = 4,
  kWaitContinued = 8,
  kWaitNoReap = 0x01000000,
};

struct Waited {
  int32_t pid = 0;  // 0: nothing to report (kWaitNoHang)
  int32_t status = 0;
  uint32_t uid = 0;
  CpuTimes times;
};
// `which` > 0 one child, -1 any, 0 of the caller's group, < -1 of that group. ECHILD, EINTR.
base::Result<Waited> Wait(int32_t which, uint32_t options);

// Ends the machine: modules' shutdown handlers, then power off with this exit status.
[[noreturn]] void PowerOff(uint8_t status);
[[noreturn]] void RestartMachine();
// Called by both before the end, in order of registration; at most 4. For the linker.
void AddPowerOffHook(void (*hook)());

// Starts `path` as process 1 with the console as descriptors 0 to 2. ENOENT and what exec answers;
// the program itself runs in a thread of its own.
base::Error StartInit(const char* path);

}  // namespace proc
