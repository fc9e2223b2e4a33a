// SPDX-License-Identifier: BSD-2-Clause
//
// What every handler gets and gives. A handler returns the call's result or a negated errno; it
// runs on the calling process's thread and may sleep.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/user.h"
#include "kernel/base/result.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/calls.h"
#include "kernel/syscall/words.h"

namespace syscalls {

struct Arguments {
  uint64_t values[6];
  arch::UserContext& context;
  proc::Process& process;
  // What becomes of the call when it ends with EINTR.
  proc::Restart restart = proc::Restart::kNo;
  // The call has set all registers itself (rt_sigreturn).
  bool keep_registers = false;

  uint64_t operator[](unsigned index) const { return values[index]; }
  int32_t Int(unsigned index) const { return static_cast<int32_t>(values[index]); }
  SignedWord Long(unsigned index) const { return static_cast<SignedWord>(values[index]); }
  // Argument `index` when it has 64 bits, with `before` others of 64 bits ahead of it.
  uint64_t Wide(unsigned index, unsigned before = 0) const {
    const unsigned first = index + before * (kRegistersOfWide - 1);
    uint64_t result = 0;
    for (unsigned i = 0; i < kRegistersOfWide; ++i) {
      result |= values[first + i] << (i * 8 * sizeof(Word));
    }
    return result;
  }
};

using Handler = int64_t (*)(Arguments& arguments);

#define DYNLINK_X(name) int64_t Sys##name(Arguments& arguments);
DYNLINK_SYSTEM_CALLS_ALL(DYNLINK_X)
#undef DYNLINK_X

// Of a private call (kernel/kpi/kld_abi.h); null when there is none of that number.
Handler PrivateHandler(uint64_t number);

constexpr int64_t Fail(base::Error error) { return -base::Number(error); }
constexpr int64_t Fail(int number) { return -number; }
// The same, and the call starts again if a signal has interrupted it.
inline int64_t FailAgain(Arguments& arguments, base::Error error,
                         proc::Restart restart = proc::Restart::kWithHandler) {
  arguments.restart = restart;
  return Fail(error);
}
// The same of a call that ends at `deadline`: after a handler it does not start again, and after a
// stop it keeps its end.
inline int64_t FailUntil(Arguments& arguments, base::Error error, uint64_t deadline) {
  arguments.process.restart_deadline_ns = deadline;
  return FailAgain(arguments, error, proc::Restart::kWithoutHandler);
}
// When such a call ends, which would be at `deadline` if it were not issued again.
inline uint64_t EndOfCall(Arguments& arguments, uint64_t deadline) {
  proc::Process& process = arguments.process;
  const uint64_t first = process.restarted ? process.restart_deadline_ns : 0;
  process.restart_deadline_ns = 0;
  return first ? first : deadline;
}

}  // namespace syscalls
