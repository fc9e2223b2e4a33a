// SPDX-License-Identifier: BSD-2-Clause
//
// The user state of the running thread that trap entry does not save, and what of PSTATE a program
// may choose.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/context.h"

namespace arch::aarch64 {

// The context of the thread that runs.
Context* RunningContext();

// N Z C V, DIT, SSBS (Arm ARM C5.2.19). The rest is zero: EL0, nothing masked.
inline constexpr uint64_t kUserFlags = 0xf1001000;

}  // namespace arch::aarch64
