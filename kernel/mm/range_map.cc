// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/range_map.h"

namespace mm {

// `below` gets what starts below `address`.
void RangeMap::Split(Range* tree, uint64_t address, Range** below, Range** rest) {
  // Going down, each side's open slot moves along the side's inner edge.
  while (tree) {
    if (tree->start < address) {
      *below = tree;
      below = &tree->right;
      tree = tree->right;
    } else {
      *rest = tree;
      rest = &tree->left;
      tree = tree->left;
    }
  }
  *below = nullptr;
  *rest = nullptr;
}

RangeMap::Range* RangeMap::Merge(Range* below, Range* above) {
  Range* root = nullptr;
  Range** slot = &root;
  while (below && above) {
    if (below->priority >= above->priority) {
      *slot = below;
      slot = &below->right;
      below = below->right;
    } else {
      *slot = above;
      slot = &above->left;
      above = above->left;
    }
  }
  *slot = below ? below : above;
  return root;
}

RangeMap::Range* RangeMap::Insert(uint64_t start, uint64_t bytes, uint32_t tag) {
  auto* range = static_cast<Range*>(source_.allocate());
  if (!range) return nullptr;
  // xorshift32 (Marsaglia 2003): priorities only have to be independent of the addresses.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  range->start = start;
  range->bytes = bytes;
  range->tag = tag;
  range->priority = random_;

  Range** slot = &root_;
  while (*slot && (*slot)->priority >= range->priority) {
    slot = start < (*slot)->start ? &(*slot)->left : &(*slot)->right;
  }
  Split(*slot, start, &range->left, &range->right);
  *slot = range;
  count_++;
  return range;
}

void RangeMap::Remove(Range* range) {
  Range** slot = &root_;
  while (*slot != range) {
    slot = range->start < (*slot)->start ? &(*slot)->left : &(*slot)->right;
  }
  *slot = Merge(range->left, range->right);
  count_--;
  source_.free(range);
}

void RangeMap::Clear() {
  while (root_) Remove(root_);
}

RangeMap::Range* RangeMap::LastStartingBelow(uint64_t address) const {
  Range* best = nullptr;
  for (Range* at = root_; at;) {
    if (at->start < address) {
      best = at;
      at = at->right;
    } else {
      at = at->left;
    }
  }
  return best;
}

RangeMap::Range* RangeMap::FirstEndingAbove(uint64_t address) const {
  // Ranges are disjoint, so their ends are ordered like their starts.
  Range* best = nullptr;
  for (Range* at = root_; at;) {
    if (at->end() > address) {
      best = at;
      at = at->left;
    } else {
      at = at->right;
    }
  }
  return best;
}

RangeMap::Range* RangeMap::Containing(uint64_t address) const {
  Range* range = FirstEndingAbove(address);
  return range && range->start <= address ? range : nullptr;
}

bool RangeMap::IsFree(uint64_t start, uint64_t bytes) const {
  Range* range = FirstEndingAbove(start);
  return !range || range->start >= start + bytes;
}

bool RangeMap::HighestGap(uint64_t low, uint64_t high, uint64_t bytes, uint64_t* out) const {
  for (;;) {
    if (high < low || high - low < bytes) return false;
    Range* range = LastStartingBelow(high);
    uint64_t floor = range && range->end() > low ? range->end() : low;
    if (floor <= high && high - floor >= bytes) {
      *out = high - bytes;
      return true;
    }
    if (!range || range->start <= low) return false;
    high = range->start;
  }
}

bool RangeMap::LowestGap(uint64_t low, uint64_t high, uint64_t bytes, uint64_t* out) const {
  for (;;) {
    if (high < low || high - low < bytes) return false;
    Range* range = FirstEndingAbove(low);
    uint64_t ceiling = range && range->start < high ? range->start : high;
    if (ceiling >= low && ceiling - low >= bytes) {
      *out = low;
      return true;
    }
    if (!range) return false;
    low = range->end();
  }
}

}  // namespace mm
