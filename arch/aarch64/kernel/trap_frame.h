// SPDX-License-Identifier: BSD-2-Clause
//
// What entry.S leaves on the kernel stack at every exception. The offsets are known to entry.S.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/contract/kernel/user.h"

namespace arch {

struct UserContext {
  uint64_t x[31];
  uint64_t sp;
  uint64_t pc;              // ELR_EL1
  uint64_t pstate;          // SPSR_EL1
  uint64_t syndrome;        // ESR_EL1
  uint64_t fault_address;   // FAR_EL1
  uint64_t first_argument;  // x0 as a system call had it: the result goes where it was
  uint64_t padding;
};
static_assert(offsetof(UserContext, sp) == 248 && offsetof(UserContext, pc) == 256 &&
              offsetof(UserContext, syndrome) == 272 && sizeof(UserContext) == 304);

}  // namespace arch

namespace arch::aarch64 {

using TrapFrame = UserContext;

inline constexpr unsigned kFramePointer = 29;
inline constexpr unsigned kLinkRegister = 30;

// SPSR_EL1.M: 0 is EL0 in AArch64 state (Arm ARM C5.2.19).
inline constexpr uint64_t kModeMask = 0x1f;
inline bool FromUser(const TrapFrame& frame) { return (frame.pstate & kModeMask) == 0; }

}  // namespace arch::aarch64
