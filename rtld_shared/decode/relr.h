// SPDX-License-Identifier: BSD-2-Clause
//
// DT_RELR (gABI, "Relative Relocation Table"): an even word is an address to relocate, and the next
// bitmap starts one word behind it; an odd word is a bitmap, bit k (k >= 1) of which stands for the
// word k - 1 places on, and each bitmap covers (bits in a word) - 1 places.
//
// ForEachRelr calls visit(vaddr) for each place until it returns false. Addresses wrap at the
// address width: the visitor bounds every place anyway. A bitmap before any address is malformed;
// StartsWithAddress says so.

#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace rtld {

template <class L>
[[nodiscard]] bool StartsWithAddress(std::span<const typename L::Relr> table) {
  return table.empty() || (table[0].get() & 1) == 0;
}

template <class L, class Visit>
bool ForEachRelr(std::span<const typename L::Relr> table, Visit&& visit) {
  using Addr = typename L::Addr;
  constexpr Addr kWord = sizeof(Addr);
  constexpr Addr kBitmapReach = (8 * kWord - 1) * kWord;
  Addr next = 0;
  for (const typename L::Relr& field : table) {
    const Addr entry = field;
    if ((entry & 1) == 0) {
      if (!visit(entry)) return false;
      next = entry + kWord;
      continue;
    }
    for (Addr bits = entry >> 1; bits != 0; bits &= bits - 1) {
      const Addr k = static_cast<Addr>(std::countr_zero(bits));
      if (!visit(static_cast<Addr>(next + k * kWord))) return false;
    }
    next += kBitmapReach;
  }
  return true;
}

}  // namespace rtld
