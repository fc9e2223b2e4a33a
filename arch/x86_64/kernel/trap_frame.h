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
  uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
  uint64_t vector;  // x86::kSyscallVector for a system call
  uint64_t error;
  uint64_t rip, cs, rflags, rsp, ss;
};
static_assert(offsetof(UserContext, rbp) == 32 && offsetof(UserContext, rip) == 136 &&
              sizeof(UserContext) == 176);

}  // namespace arch

namespace arch::x86 {

using TrapFrame = UserContext;
inline constexpr uint64_t kSyscallVector = ~uint64_t{0};

inline bool FromUser(const TrapFrame& frame) { return frame.cs & 3; }
inline uint64_t PlaceOf(const TrapFrame& frame) { return frame.rip; }
inline uint64_t CallFrameOf(const TrapFrame& frame) { return frame.rbp; }
inline uint64_t StackOf(const TrapFrame& frame) { return frame.rsp; }

}  // namespace arch::x86
