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
  uint32_t ebx, ecx, edx, esi, edi, ebp, eax;
  uint32_t vector;  // x86::kSyscallVector for a system call
  uint32_t error;
  uint32_t eip, cs, eflags;
  // Of user mode; a trap in kernel mode leaves the stack as it was, so what was on its top is here.
  uint32_t esp, ss;
};
static_assert(offsetof(UserContext, ebp) == 20 && offsetof(UserContext, eip) == 36 &&
              offsetof(UserContext, esp) == 48 && sizeof(UserContext) == 56);

}  // namespace arch

namespace arch::x86 {

using TrapFrame = UserContext;
inline constexpr uint32_t kSyscallVector = 0x80;

inline bool FromUser(const TrapFrame& frame) { return frame.cs & 3; }
inline uint32_t PlaceOf(const TrapFrame& frame) { return frame.eip; }
inline uint32_t CallFrameOf(const TrapFrame& frame) { return frame.ebp; }

// The stack pointer at the trap.
inline uint32_t StackOf(const TrapFrame& frame) {
  return FromUser(frame) ? frame.esp : reinterpret_cast<uintptr_t>(&frame.esp);
}

}  // namespace arch::x86
