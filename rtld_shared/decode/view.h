// SPDX-License-Identifier: BSD-2-Clause
//
// Views of tables inside an image. A view exists only when all its bytes lie in one segment and the
// host pointer is aligned for its element type; every later index is bounded by the span.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rtld_shared/seams/memory.h"

namespace rtld {

// [begin, begin + size), link-time addresses.
struct Range {
  uint64_t begin = 0;
  uint64_t size = 0;

  [[nodiscard]] constexpr bool empty() const { return size == 0; }
  [[nodiscard]] constexpr uint64_t end() const { return begin + size; }
  [[nodiscard]] constexpr bool Contains(uint64_t at, uint64_t bytes) const {
    return at >= begin && at - begin <= size && bytes <= size - (at - begin);
  }
};

// Without std::has_single_bit, which is a library call on CPUs that cannot count bits.
[[nodiscard]] constexpr bool IsPowerOfTwo(uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

template <class T>
[[nodiscard]] bool IsAlignedFor(const std::byte* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) % alignof(T) == 0;
}

// `bytes` bytes at vaddr as an array of T. False, and `out` untouched, when they are not all in one
// segment, are misaligned, or are no whole number of T. An empty table is in every image.
template <class T, ReadableMemory M>
[[nodiscard]] bool ViewTable(M& memory, uint64_t vaddr, uint64_t bytes, std::span<const T>& out) {
  if (bytes == 0) {
    out = {};
    return true;
  }
  if (bytes % sizeof(T) != 0) return false;
  const std::byte* pointer = memory.At(vaddr, bytes);
  if (pointer == nullptr || !IsAlignedFor<T>(pointer)) return false;
  out = {reinterpret_cast<const T*>(pointer), static_cast<size_t>(bytes / sizeof(T))};
  return true;
}

// A table of unstated size: every whole T from vaddr to the end of its segment.
template <class T, ReadableMemory M>
[[nodiscard]] bool ViewToEnd(M& memory, uint64_t vaddr, std::span<const T>& out) {
  const uint64_t bytes = memory.Reach(vaddr) / sizeof(T) * sizeof(T);
  return bytes != 0 && ViewTable(memory, vaddr, bytes, out);
}

// One T at vaddr, or nullptr.
template <class T, ReadableMemory M>
[[nodiscard]] const T* ViewOne(M& memory, uint64_t vaddr) {
  std::span<const T> view;
  return ViewTable(memory, vaddr, sizeof(T), view) ? view.data() : nullptr;
}

}  // namespace rtld
