// SPDX-License-Identifier: BSD-2-Clause
//
// Walks whatever the bytes say, asking every node everything.
#include <cstdint>
#include <cstdlib>

#include "lib/fdt/fdt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tree = fdt::Tree::At(reinterpret_cast<const std::byte*>(data), size);
  if (!tree) return 0;
  if (tree->bytes() > size) abort();
  for (size_t i = 0; tree->Reservation(i); ++i) {
    if (i > size) abort();
  }
  size_t nodes = 0;
  for (fdt::Node node = tree->Root(); node.valid(); node.Next()) {
    // A node takes eight bytes at least.
    if (++nodes > size || node.depth() >= fdt::Node::kMaxDepth) abort();
    if (node.BaseName().size() > node.name().size()) abort();
    node.IsCompatible("x");
    node.IsEnabled();
    for (size_t i = 0; i < 4 && node.Reg(i); ++i) {
    }
  }
  tree->Console("x");
  tree->ByHandle(1);
  return 0;
}
