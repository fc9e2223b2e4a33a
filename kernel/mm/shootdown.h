// SPDX-License-Identifier: BSD-2-Clause
//
// Forgetting translations on every CPU that may have cached them. One CPU runs today; with N this
// is where the others are interrupted and waited for. May be called with spin locks held, so a
// waiting CPU must serve requests while it spins for a lock.
#pragma once

#include <cstddef>

#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/types.h"

namespace mm {

// On return no CPU uses a former translation of [start, start + bytes).
inline void FlushEverywhere(VirtAddr start, size_t bytes) { arch::FlushRange(start, bytes); }

}  // namespace mm
