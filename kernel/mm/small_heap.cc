// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/small_heap.h"

#include "kernel/mm/types.h"

namespace mm {

void SmallHeap::Link(Slab* slab) {
  Slab*& list = partial_[slab->size_class];
  slab->previous = nullptr;
  slab->next = list;
  if (list) list->previous = slab;
  list = slab;
}

void SmallHeap::Unlink(Slab* slab) {
  if (slab->previous) {
    slab->previous->next = slab->next;
  } else {
    partial_[slab->size_class] = slab->next;
  }
  if (slab->next) slab->next->previous = slab->previous;
}

SmallHeap::Slab* SmallHeap::NewSlab(unsigned size_class) {
  size_t pages = SlabPages(size_class);
  auto* slab = static_cast<Slab*>(source_.allocate(pages));
  if (!slab) return nullptr;
  size_t room = pages * kPageSize - sizeof(Slab);
  *slab = {kMagic,
           nullptr,
           nullptr,
           nullptr,
           static_cast<uint16_t>(size_class),
           0,
           static_cast<uint16_t>(room / kClasses[size_class]),
           0};
  Link(slab);
  return slab;
}

void* SmallHeap::Allocate(size_t bytes) {
  unsigned size_class = ClassOf(bytes);
  Slab* slab = partial_[size_class];
  if (!slab && !(slab = NewSlab(size_class))) return nullptr;
  void* block = slab->free;
  if (block) {
    slab->free = slab->free->next;
  } else {
    block = reinterpret_cast<char*>(slab + 1) + slab->untouched++ * size_t{kClasses[size_class]};
  }
  if (++slab->used == slab->capacity) Unlink(slab);
  return block;
}

bool SmallHeap::Free(void* block, size_t bytes) {
  if (bytes > kMostBytes) return false;
  unsigned size_class = ClassOf(bytes);
  size_t slab_bytes = SlabPages(size_class) * kPageSize;
  auto* slab = reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(block) & ~(slab_bytes - 1));
  if (slab->magic != kMagic || slab->size_class != size_class || !slab->used) return false;
  size_t offset =
      static_cast<size_t>(static_cast<char*>(block) - reinterpret_cast<char*>(slab + 1));
  if (offset % kClasses[size_class] || offset / kClasses[size_class] >= slab->untouched) {
    return false;
  }
  if (slab->used == slab->capacity) Link(slab);
  auto* free_block = static_cast<FreeBlock*>(block);
  free_block->next = slab->free;
  slab->free = free_block;
  if (--slab->used == 0) {
    Unlink(slab);
    slab->magic = 0;
    source_.free(slab, SlabPages(size_class));
  }
  return true;
}

}  // namespace mm
