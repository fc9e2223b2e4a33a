// SPDX-License-Identifier: BSD-2-Clause
//
// Words that all of memory management shares. The page size is the CPU's base page; every CPU
// supported so far has 4 KiB pages, which its arch/<cpu>/kernel asserts.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace mm {

using PhysAddr = uint64_t;
using VirtAddr = uintptr_t;

inline constexpr size_t kPageSize = 4096;
inline constexpr size_t kPageShift = 12;
inline constexpr PhysAddr kNoFrame = ~PhysAddr{0};

// Of the argument's own width: a virtual address or a size in the last page rounds up to 0, on every
// CPU.
template <std::unsigned_integral T>
constexpr T PageDown(T address) {
  return address & ~static_cast<T>(kPageSize - 1);
}
template <std::unsigned_integral T>
constexpr T PageUp(T address) {
  return PageDown(static_cast<T>(address + kPageSize - 1));
}
constexpr size_t PagesFor(uint64_t bytes) { return PageUp(bytes) >> kPageShift; }

// What a mapping permits. There is no way to say writable and executable at once: that is the
// kernel's W^X rule as a type.
enum class Protection : uint8_t { kNone, kRead, kReadWrite, kReadExecute };

}  // namespace mm
