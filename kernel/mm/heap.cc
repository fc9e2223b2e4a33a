// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/heap.h"

#include <bit>

#include "kernel/base/panic.h"
#include "kernel/mm/frame_allocator.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/mm/kernel_space_internal.h"
#include "kernel/mm/small_heap.h"
#include "kernel/sched/sync.h"

namespace mm {
namespace {

constexpr uint32_t kLive = 0x6b636f6c;   // "lock"
constexpr uint32_t kFreed = 0x65657266;  // "free"

enum class Kind : uint8_t { kSmall, kFrames, kSpace };

// Stands before every block.
struct Header {
  uint64_t bytes;  // as asked for
  uint32_t magic;
  uint16_t offset;  // from the start of the memory to the block
  Kind kind;
  uint8_t align_shift;
};
static_assert(sizeof(Header) == 16);
constexpr size_t kMostAlign = kPageSize;

void* AllocateSlab(size_t pages) {
  PhysAddr first = AllocateFramesUnzeroed(pages);
  return first == kNoFrame ? nullptr : DirectMap(first);
}
void FreeSlab(void* memory, size_t pages) { ReleaseFrames(DirectMapPhys(memory), pages); }

constexpr SmallHeap::PageSource kSlabs = {AllocateSlab, FreeSlab};

constinit SmallHeap small(kSlabs);
constinit sched::SpinLock heap_lock;
constinit HeapCounts counts = {};
constinit uint64_t heap_fail_after = 0;  // 0: not armed

// Contiguous frames while there are some, else pages of kernel space.
void* AllocateLarge(size_t bytes, Kind* kind) {
  size_t pages = PagesFor(bytes);
  *kind = Kind::kFrames;
  if (pages <= FrameAllocator::kMostContiguous) {
    PhysAddr first = AllocateFramesUnzeroed(pages);
    if (first != kNoFrame) return DirectMap(first);
  }
  *kind = Kind::kSpace;
  auto space = ReserveKernelSpace(bytes, 0);
  if (!space.ok()) return nullptr;
  if (base::Ok(MapKernelPages(space.value(), PageUp(bytes), false))) {
    return reinterpret_cast<void*>(space.value());
  }
  ReleaseKernelSpace(space.value(), PageUp(bytes));
  return nullptr;
}

void FreeLarge(void* memory, size_t bytes, Kind kind) {
  if (kind == Kind::kFrames) {
    ReleaseFrames(DirectMapPhys(memory), PagesFor(bytes));
    return;
  }
  auto start = reinterpret_cast<VirtAddr>(memory);
  UnmapKernel(start, PageUp(bytes));
  ReleaseKernelSpace(start, PageUp(bytes));
}

// Memory is aligned to 16; a block of more needs room to move up.
size_t MemoryFor(size_t bytes, size_t align) {
  return bytes + (align > sizeof(Header) ? align + sizeof(Header) : sizeof(Header));
}

bool ShouldFail() { return heap_fail_after && --heap_fail_after == 0; }

}  // namespace

void* Allocate(size_t bytes, size_t align) {
  BASE_CHECK((align & (align - 1)) == 0 && align <= kMostAlign);
  size_t need = MemoryFor(bytes, align);
  if (need < bytes) return nullptr;
  Kind kind = Kind::kSmall;
  void* memory;
  {
    sched::Guard guard(heap_lock);
    if (ShouldFail()) return nullptr;
    memory = need <= SmallHeap::kMostBytes ? small.Allocate(need) : nullptr;
  }
  if (need > SmallHeap::kMostBytes) memory = AllocateLarge(need, &kind);
  if (!memory) return nullptr;

  auto start = reinterpret_cast<uintptr_t>(memory);
  uintptr_t block = start + sizeof(Header);
  if (align > sizeof(Header)) block = (block + align - 1) & ~(align - 1);
  auto* header = reinterpret_cast<Header*>(block) - 1;
  *header = {bytes, kLive, static_cast<uint16_t>(block - start), kind,
             static_cast<uint8_t>(std::countr_zero(align))};

  sched::Guard guard(heap_lock);
  counts.blocks++;
  counts.bytes += bytes;
  return reinterpret_cast<void*>(block);
}

void Free(void* block) {
  if (!block) return;
  auto* header = static_cast<Header*>(block) - 1;
  if (header->magic != kLive) {
    base::Panic("freeing %p, which is %s", block,
                header->magic == kFreed ? "free already" : "no heap block");
  }
  header->magic = kFreed;
  auto* memory = static_cast<char*>(block) - header->offset;
  size_t need = MemoryFor(header->bytes, size_t{1} << header->align_shift);
  Kind kind = header->kind;
  {
    sched::Guard guard(heap_lock);
    counts.blocks--;
    counts.bytes -= header->bytes;
    if (kind == Kind::kSmall && !small.Free(memory, need)) {
      base::Panic("freeing %p, which is in no slab", block);
    }
  }
  if (kind != Kind::kSmall) FreeLarge(memory, need, kind);
}

HeapCounts CountHeap() {
  sched::Guard guard(heap_lock);
  return counts;
}

void FailAllocationAfter(uint64_t nth) {
  sched::Guard guard(heap_lock);
  heap_fail_after = nth;
}

}  // namespace mm
