// SPDX-License-Identifier: BSD-2-Clause
//
// The user state of the running thread that trap entry does not save.
#pragma once

#include "arch/contract/kernel/context.h"

namespace arch::riscv64 {

// The context of the thread that runs.
Context* RunningContext();

}  // namespace arch::riscv64
