// SPDX-License-Identifier: BSD-2-Clause
//
// The way from a number to a handler; Dispatch itself is declared in arch/contract/kernel/user.h.
#pragma once

namespace syscalls {

// Builds the table of numbers from the CPU's list. Once, before the first process.
void Initialize();

}  // namespace syscalls
