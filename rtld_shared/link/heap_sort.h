// SPDX-License-Identifier: BSD-2-Clause
//
// Heap sort: no recursion, no memory, and no bad case for a hostile image. Equal items may change
// places.

#pragma once

#include <cstddef>
#include <span>

namespace rtld::internal {

template <class T, class Less>
void HeapSort(std::span<T> items, Less&& less) {
  const auto sink = [&](size_t root, size_t end) {
    for (size_t child = 2 * root + 1; child < end; child = 2 * root + 1) {
      if (child + 1 < end && less(items[child], items[child + 1])) ++child;
      if (!less(items[root], items[child])) return;
      const T other = items[root];
      items[root] = items[child];
      items[child] = other;
      root = child;
    }
  };
  for (size_t i = items.size() / 2; i-- > 0;) sink(i, items.size());
  for (size_t end = items.size(); end-- > 1;) {
    const T other = items[0];
    items[0] = items[end];
    items[end] = other;
    sink(0, end);
  }
}

}  // namespace rtld::internal
