// SPDX-License-Identifier: BSD-2-Clause
//
// Small heap blocks: slabs of one page (four for the larger classes) cut into blocks of one size
// class. A slab is given back the moment its last block is freed, so that memory use is a function
// of the live blocks. Not locked; pages come from functions given by the owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mm {

class SmallHeap {
 public:
  // Block sizes, all multiples of 16: eighths of powers of two from 128 on.
  static constexpr std::array<uint16_t, 28> kClasses = {
      16,  32,  48,  64,  80,  96,  112, 128, 144, 160, 176, 192,  208,  224,
      240, 256, 288, 320, 384, 448, 512, 576, 672, 800, 992, 1312, 1984, 4032};
  static constexpr size_t kMostBytes = kClasses.back();

  // `pages` contiguous pages, naturally aligned (pages is a power of two), or null; and back.
  struct PageSource {
    void* (*allocate)(size_t pages);
    void (*free)(void* memory, size_t pages);
  };

  explicit constexpr SmallHeap(const PageSource& source) : source_(source) {}

  // `bytes` at most kMostBytes. Aligned to 16; null without memory.
  [[nodiscard]] void* Allocate(size_t bytes);
  // `bytes` as given to Allocate. False when the block cannot be one of this heap (it is not at a
  // block's place in a slab of that class, or the slab is gone).
  [[nodiscard]] bool Free(void* block, size_t bytes);

  static constexpr unsigned ClassOf(size_t bytes) {
    // All sizes up to 256 are there in steps of 16.
    constexpr size_t kDense = 256;
    if (bytes <= kDense) return bytes ? static_cast<unsigned>((bytes - 1) / 16) : 0;
    unsigned index = kDense / 16;
    while (kClasses[index] < bytes) index++;
    return index;
  }
  static constexpr size_t SlabPages(unsigned size_class) {
    return kClasses[size_class] > 512 ? 4 : 1;
  }

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  struct alignas(16) Slab {
    uint64_t magic;
    Slab* next;  // among those of the class that have a free block
    Slab* previous;
    FreeBlock* free;
    uint16_t size_class;
    uint16_t used;
    uint16_t capacity;
    uint16_t untouched;  // blocks from this index on were never given out
  };
  static_assert(sizeof(Slab) == (sizeof(void*) == 8 ? 48 : 32));
  static constexpr uint64_t kMagic = 0x62616c732e6d6d21;  // "!mm.slab"

  Slab* NewSlab(unsigned size_class);
  void Link(Slab* slab);
  void Unlink(Slab* slab);

  const PageSource& source_;
  std::array<Slab*, kClasses.size()> partial_ = {};
};

}  // namespace mm
