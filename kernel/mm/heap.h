// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel heap: small blocks from size classes, large ones from kernel space. Returns null when
// there is no memory; the kernel never panics for want of it. Never sleeps, any context but
// interrupt handlers. A block carries its size, so that counters are exact.
//
// Fault injection: while FailAllocationAfter(n) is armed the n-th next allocation (and only that)
// returns null; tests of every failing step use it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mm {

struct HeapCounts {
  uint64_t blocks = 0;  // live blocks
  uint64_t bytes = 0;   // as asked for, live
};

[[nodiscard]] void* Allocate(size_t bytes, size_t align = 16);
void Free(void* block);
HeapCounts CountHeap();
void FailAllocationAfter(uint64_t nth);

}  // namespace mm
