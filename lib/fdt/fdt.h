// SPDX-License-Identifier: BSD-2-Clause
//
// Reads a flattened device tree (Devicetree Specification v0.4, chapter 5) where the firmware left
// it. Nothing is copied, allocated or locked, and every offset is checked before use: a damaged tree
// ends early, it leads nowhere else.
//
// A Node is a position in the tree that knows its ancestors, so that "reg" can be read with the
// cells of the parent and translated through the "ranges" above it (2.3.6 to 2.3.8). Nodes are
// values; they point into the Tree, which must outlive them, as must the bytes.
//
//   for (fdt::Node node = tree.Root(); node.valid(); node.Next()) {
//     if (node.IsCompatible("ns16550a")) uart = node.Reg(0);
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fdt {

using Bytes = std::span<const std::byte>;

// Physical addresses, or addresses on a bus before they are translated.
struct Range {
  uint64_t base = 0;
  uint64_t bytes = 0;
};

// A big-endian number of `cells` 32-bit cells (1 or 2) from cell `first` of a property on; nothing
// when the property is too short or the number does not fit 64 bits.
std::optional<uint64_t> Number(Bytes property, size_t first, size_t cells);
// The text up to the first NUL; the whole property if there is none.
std::string_view Text(Bytes property);

class Tree {
 public:
  Tree() = default;

  // The tree at `start`, of which at most `reach` bytes may be read; nothing if it is none, if it is
  // of a version that this reader does not know (it knows 16 and 17), or does not fit.
  static std::optional<Tree> At(const std::byte* start, uint64_t reach);

  uint64_t bytes() const { return bytes_; }
  class Node Root() const;

  // The first node with that name below the root, as "/chosen" has; for a name without unit address.
  class Node Child(std::string_view name) const;
  // The node with that path of names from the root, unit addresses included; a path that does not
  // begin with a slash begins with one of the names that /aliases explains (3.3).
  class Node ByPath(std::string_view path) const;
  // The first node that is enabled and whose "compatible" has the text.
  class Node Compatible(std::string_view text) const;
  // Likewise, but the one that /chosen's "stdout-path" names comes first (3.6).
  class Node Console(std::string_view text) const;
  // The node whose "phandle" is this.
  class Node ByHandle(uint32_t handle) const;

  // Entry `index` of the memory reservation block (5.3); nothing after the last.
  std::optional<Range> Reservation(size_t index) const;

 private:
  friend class Node;

  std::optional<uint32_t> Word(uint64_t offset) const;  // in the structure block
  std::string_view String(Bytes block, uint64_t offset) const;

  const std::byte* start_ = nullptr;
  uint64_t bytes_ = 0;
  Bytes structure_;
  Bytes strings_;
  uint64_t reservations_ = 0;
};

class Node {
 public:
  static constexpr size_t kMaxDepth = 16;  // a deeper tree ends there

  Node() = default;

  bool valid() const { return tree_ != nullptr; }
  // On to the next node in document order: children first. Invalid after the last.
  void Next();

  // 0 is the root.
  size_t depth() const { return depth_; }
  Node Parent() const;
  // With the unit address: "memory@40000000".
  std::string_view name() const;
  // Without it.
  std::string_view BaseName() const;

  std::optional<Bytes> Property(std::string_view name) const;
  // The text of a property; empty when it lacks.
  std::string_view PropertyText(std::string_view name) const;
  std::optional<uint32_t> PropertyWord(std::string_view name) const;
  bool IsCompatible(std::string_view text) const;
  // False when "status" says that the device cannot be used (2.3.4).
  bool IsEnabled() const;

  // Entry `index` of "reg" as physical addresses. Nothing when it lacks, or some bus on the way up
  // does not translate it.
  std::optional<Range> Reg(size_t index) const;

 private:
  friend class Tree;

  struct Cells {
    size_t address = 2, size = 1;  // what 2.3.5 says is meant when a node says nothing
  };
  Cells ChildCells() const;
  template <class Visit>
  uint64_t VisitProperties(Visit&& visit) const;
  bool TranslateUp(Range* range) const;

  const Tree* tree_ = nullptr;
  size_t depth_ = 0;
  uint32_t starts_[kMaxDepth] = {};  // of BEGIN_NODE's name, for each ancestor and the node itself
};

}  // namespace fdt
