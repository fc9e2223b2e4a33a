// SPDX-License-Identifier: BSD-2-Clause
//
// kernel/mm/heap.h over the host's allocator, counters and fault injection included.

#include <atomic>
#include <cstdlib>

#include "kernel/mm/heap.h"

namespace mm {
namespace {

struct Header {
  void* base;
  size_t bytes;
};

std::atomic<uint64_t> g_blocks{0};
std::atomic<uint64_t> g_bytes{0};
std::atomic<uint64_t> g_fail_after{0};

}  // namespace

void* Allocate(size_t bytes, size_t align) {
  for (uint64_t left = g_fail_after.load(); left;) {
    if (!g_fail_after.compare_exchange_weak(left, left - 1)) continue;
    if (left == 1) return nullptr;
    break;
  }
  if (align < alignof(Header)) align = alignof(Header);
  void* base = std::malloc(bytes + align + sizeof(Header));
  if (!base) return nullptr;
  const uintptr_t first = reinterpret_cast<uintptr_t>(base) + sizeof(Header);
  const uintptr_t start = (first + align - 1) & ~(align - 1);
  reinterpret_cast<Header*>(start)[-1] = {base, bytes};
  ++g_blocks;
  g_bytes += bytes;
  return reinterpret_cast<void*>(start);
}

void Free(void* block) {
  if (!block) return;
  const Header header = static_cast<Header*>(block)[-1];
  --g_blocks;
  g_bytes -= header.bytes;
  std::free(header.base);
}

HeapCounts CountHeap() { return {g_blocks, g_bytes}; }

void FailAllocationAfter(uint64_t nth) { g_fail_after = nth; }

}  // namespace mm
