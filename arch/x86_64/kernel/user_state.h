// SPDX-License-Identifier: BSD-2-Clause
//
// The user state of the running thread that trap entry does not save, for signal frames and
// arch_prctl.
#pragma once

#include <cstdint>

#include "arch/contract/kernel/context.h"

namespace arch::x86 {

// The context of the thread that runs.
Context* RunningContext();

uint64_t SecondPointer();
void SetSecondPointer(uint64_t value);

// Flags that a program may have when it resumes; the rest keep the kernel's choice.
inline constexpr uint64_t kUserFlags = 0x250dd5;  // CF PF AF ZF SF TF DF OF RF AC ID
uint64_t UserFlags(uint64_t wanted);

}  // namespace arch::x86
