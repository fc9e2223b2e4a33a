// SPDX-License-Identifier: BSD-2-Clause
//
// The way from a number to a handler; Dispatch itself is declared in arch/contract/kernel/user.h.
#pragma once

#include <cstdint>

namespace syscalls {

// Builds the table of numbers from the CPU's list. Once, before the first process.
void Initialize();

// The private calls of a room above this one (the linker's, kernel/kpi/kld_abi.h). Asked for every
// number that nobody here knows: false when it is not one of them, else `result` is set. Once,
// before the first process; without it those numbers are unknown.
using OtherCalls = bool (*)(uint64_t number, const uint64_t (&arguments)[6], int64_t& result);
void SetOtherCalls(OtherCalls calls);

}  // namespace syscalls
