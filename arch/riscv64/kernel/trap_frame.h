// SPDX-License-Identifier: BSD-2-Clause
//
// What entry.S leaves on the kernel stack at a trap, an interrupt or a system call. The offsets are
// known to entry.S.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/contract/kernel/user.h"

namespace arch {

struct UserContext {
  uint64_t ra, sp, gp, tp, t0, t1, t2, s0, s1;
  uint64_t a[8];
  uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
  uint64_t t3, t4, t5, t6;
  uint64_t pc;      // sepc
  uint64_t status;  // sstatus
  uint64_t cause;   // scause
  uint64_t value;   // stval
  // a0 at a system call: its result takes the register, and a restart needs the argument.
  uint64_t first_argument;
};
static_assert(offsetof(UserContext, s0) == 56 && offsetof(UserContext, a) == 72 &&
              offsetof(UserContext, t6) == 240 && offsetof(UserContext, pc) == 248 &&
              offsetof(UserContext, value) == 272 && sizeof(UserContext) == 288);

}  // namespace arch

namespace arch::riscv64 {

using TrapFrame = UserContext;

inline constexpr uint64_t kStatusFromSupervisor = 1 << 8;  // SPP

inline bool FromUser(const TrapFrame& frame) { return !(frame.status & kStatusFromSupervisor); }

}  // namespace arch::riscv64
