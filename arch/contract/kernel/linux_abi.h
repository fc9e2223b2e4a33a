// SPDX-License-Identifier: BSD-2-Clause
//
// What differs between CPUs in the Linux system-call ABI: call numbers, some flag values, the
// layout of a few structures, and the signal frame. arch/<cpu>/kernel/linux_abi.cc defines the one
// `kLinuxAbi`; it is plain data and functions of no privilege, so host tests link it too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/syscall/calls.h"
#include "kernel/vfs/types.h"

namespace arch {

struct UserContext;

struct SyscallNumber {
  uint32_t number;
  syscalls::Call call;
};

struct LinuxAbi {
  const char* machine;   // uname's, hw.machine
  const char* platform;  // AT_PLATFORM
  // Strictly ascending numbers, each once.
  std::span<const SyscallNumber> calls;

  // open(2) flags that CPUs disagree on (asm-generic/fcntl.h and its overrides).
  uint32_t open_directory;
  uint32_t open_nofollow;

  // The kernel's struct sigaction: handler, flags, restorer if there is one, mask.
  bool sigaction_has_restorer;
  // Code that issues rt_sigreturn, for handlers that no sa_restorer was given for: mapped into every
  // program. Empty on a CPU whose programs always give one.
  std::span<const uint8_t> signal_return = {};
  // clone(flags, stack, parent_tid, tls, child_tid) instead of (.., child_tid, tls)
  // (CONFIG_CLONE_BACKWARDS).
  bool clone_tls_is_fourth;

  // struct stat of newfstatat and fstat.
  size_t stat_bytes;
  void (*encode_stat)(const vfs::Attributes& attributes, void* to);
};

extern const LinuxAbi kLinuxAbi;

// AT_HWCAP of this CPU.
uint64_t HardwareCapabilities();

// arch_prctl(2) where there is one; the result or a negated errno.
int64_t ArchPrctl(uint64_t code, uint64_t value);

// Registers seen by a handler, and where its frame goes.
struct SignalDelivery {
  int signal;
  uintptr_t handler;
  uintptr_t restorer;  // what the handler returns to: sa_restorer, or where signal_return is; or 0
  bool want_info;      // SA_SIGINFO
  uint64_t blocked;    // mask to restore; bit n - 1 is signal n
  int code;            // si_code
  int32_t sender_pid;
  uint32_t sender_uid;
  int32_t status;           // si_status of SIGCHLD
  uintptr_t fault_address;  // si_addr of a fault
  uintptr_t stack_top;      // alternate stack's end, 0 = the current stack
  uintptr_t alt_base;       // ss_sp and ss_size to record in the frame
  size_t alt_bytes;
  uint32_t alt_flags;
};

// Writes the rt_sigframe, FPU state included, and points `context` at the handler. False when the
// user stack cannot take it (the caller then ends the process with SIGSEGV).
[[nodiscard]] bool PushSignalFrame(UserContext& context, const SignalDelivery& delivery);
// rt_sigreturn: restores `context` and the FPU; gives the mask to restore. False for a bad frame.
[[nodiscard]] bool PopSignalFrame(UserContext& context, uint64_t* blocked);

}  // namespace arch
