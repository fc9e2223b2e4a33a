// SPDX-License-Identifier: BSD-2-Clause
//
// An ordered map of disjoint address ranges, each with a tag: a treap, so that every operation
// costs the logarithm of the number of ranges whatever their order. Nodes come from functions given
// by the owner. Not locked.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mm {

class RangeMap {
 public:
  struct Range {
    uint64_t start;
    uint64_t bytes;
    uint32_t tag;
    uint64_t end() const { return start + bytes; }

   private:
    friend class RangeMap;
    uint32_t priority_;
    Range* left_;
    Range* right_;
  };

  // Memory for one Range, or null; and back.
  struct NodeSource {
    void* (*allocate)();
    void (*free)(void* node);
  };

  explicit constexpr RangeMap(const NodeSource& source) : source_(source) {}
  RangeMap(const RangeMap&) = delete;
  RangeMap& operator=(const RangeMap&) = delete;
  // Clear() must have been called, or the map be empty.
  ~RangeMap() = default;

  // Null without memory. The range is not empty, does not wrap and overlaps no other.
  [[nodiscard]] Range* Insert(uint64_t start, uint64_t bytes, uint32_t tag);
  void Remove(Range* range);
  void Clear();
  // Changes a range that stays between its neighbours.
  static void Resize(Range* range, uint64_t start, uint64_t bytes) {
    range->start = start;
    range->bytes = bytes;
  }

  Range* Containing(uint64_t address) const;
  // The lowest range that ends above `address`.
  Range* FirstEndingAbove(uint64_t address) const;
  // The highest range that starts below `address`.
  Range* LastStartingBelow(uint64_t address) const;
  bool IsFree(uint64_t start, uint64_t bytes) const;

  // The start of the highest free gap of `bytes` inside [low, high), at its top; false when there
  // is none. And the lowest, at its bottom.
  [[nodiscard]] bool HighestGap(uint64_t low, uint64_t high, uint64_t bytes, uint64_t* out) const;
  [[nodiscard]] bool LowestGap(uint64_t low, uint64_t high, uint64_t bytes, uint64_t* out) const;

  size_t count() const { return count_; }

 private:
  static void Split(Range* tree, uint64_t address, Range** below, Range** rest);
  static Range* Merge(Range* below, Range* above);

  const NodeSource& source_;
  Range* root_ = nullptr;
  size_t count_ = 0;
  uint32_t random_ = 0x9e3779b9;
};

}  // namespace mm
