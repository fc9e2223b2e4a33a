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
  // What sigaltstack takes at least (MINSIGSTKSZ of asm/signal.h).
  size_t least_signal_stack = 2048;
  // Code that issues rt_sigreturn, for handlers that no sa_restorer was given for: mapped into every
  // program. Empty on a CPU whose programs always give one.
  std::span<const uint8_t> signal_return = {};
  // clone(flags, stack, parent_tid, tls, child_tid) instead of (.., child_tid, tls)
  // (CONFIG_CLONE_BACKWARDS).
  bool clone_tls_is_fourth;
  // clone's `tls` is the address of a structure that has the thread pointer at this offset.
  bool clone_tls_in_memory = false;
  size_t clone_tls_offset = 0;

  // struct stat of newfstatat and fstat.
  size_t stat_bytes;
  void (*encode_stat)(const vfs::Attributes& attributes, void* to);
};

extern const LinuxAbi kLinuxAbi;

// AT_HWCAP of this CPU.
uint64_t HardwareCapabilities();

// The calls that only this CPU's Linux has (arch_prctl, set_thread_area), by number. False when it
// is none of them, else `result` is the call's, or a negated errno.
bool OwnCall(uint64_t number, const uint64_t (&arguments)[6], int64_t& result);

// siginfo_t (asm-generic/siginfo.h).
struct SigInfo {
  int32_t signal;
  int32_t error;
  int32_t code;
  union {  // aligned as a pointer is
    struct {
      int32_t pid;
      uint32_t uid;
      int32_t status;
    } sender;
    uintptr_t address;
    uint8_t bytes[128 - (sizeof(uintptr_t) == 4 ? 12 : 16)];
  };
};
static_assert(sizeof(SigInfo) == 128);

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
  uintptr_t stack_low;      // the frame has to begin above it; 0 = anywhere
  uintptr_t alt_base;       // ss_sp and ss_size to record in the frame
  size_t alt_bytes;
  uint32_t alt_flags;
};

// What a handler learns of its signal.
inline SigInfo SigInfoOf(const SignalDelivery& delivery) {
  constexpr int kIll = 4, kTrap = 5, kBus = 7, kFpe = 8, kSegv = 11;
  SigInfo info{};
  info.signal = delivery.signal;
  info.code = delivery.code;
  switch (delivery.signal) {
    case kIll:
    case kTrap:
    case kBus:
    case kFpe:
    case kSegv:
      info.address = delivery.fault_address;
      break;
    default:
      info.sender = {delivery.sender_pid, delivery.sender_uid, delivery.status};
  }
  return info;
}

// What a frame gives back beside registers.
struct SignalReturn {
  uint64_t blocked;  // the mask to restore
  bool has_stack;    // the frame has a form that records the alternate stack
  uintptr_t alt_base;
  size_t alt_bytes;
  uint32_t alt_flags;
};

// Writes the signal frame, FPU state included, and points `context` at the handler; the FPU is then
// as this CPU's Linux leaves it to handlers. False, with nothing below `stack_low` touched, when the
// user stack cannot take it (the caller then ends the process with SIGSEGV).
[[nodiscard]] bool PushSignalFrame(UserContext& context, const SignalDelivery& delivery);
// rt_sigreturn, and sigreturn where frames without siginfo have a form of their own (the number of
// the call in `context` tells them apart): restores `context` and the FPU. False for a bad frame.
[[nodiscard]] bool PopSignalFrame(UserContext& context, SignalReturn* out);

}  // namespace arch
