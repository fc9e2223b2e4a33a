// SPDX-License-Identifier: BSD-2-Clause
//
// Field<T, Order>: an unsigned integer as it stands in a file or image.
//
// It has the size and alignment of T (of no more than MaxAlignment) and holds the bytes in `Order`;
// reading and writing it converts to and from the host's order. A table of the file can therefore
// be viewed in place as an array of structs of Fields, whatever CPU it was made for. A view must be
// aligned for the field; whoever makes the view checks that (see rtld_shared/decode/view.h).

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace elf {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T ByteSwap(T value) {
  if constexpr (sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bswap32(value);
  } else {
    static_assert(sizeof(T) == 8);
    return __builtin_bswap64(value);
  }
}

template <std::unsigned_integral T, std::endian Order, size_t MaxAlignment = sizeof(T)>
class Field {
 public:
  using Value = T;

  constexpr Field() = default;
  constexpr Field(T value) : raw_{Convert(value)} {}  // NOLINT: assigning a number is the point
  constexpr operator T() const { return get(); }      // NOLINT: so is reading it
  [[nodiscard]] constexpr T get() const { return Convert(raw_.value); }

 private:
  static constexpr T Convert(T value) {
    if constexpr (Order == std::endian::native) {
      return value;
    } else {
      return ByteSwap(value);
    }
  }

  struct Natural {
    T value = 0;
  };
  struct [[gnu::packed, gnu::aligned(MaxAlignment)]] Loose {
    T value = 0;
  };
  std::conditional_t<(MaxAlignment < alignof(T)), Loose, Natural> raw_;
};

}  // namespace elf
