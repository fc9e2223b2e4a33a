// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/range_map.h"

namespace mm {

// `below` gets what starts below `address`.
void RangeMap::Split(Range* tree, uint64_t address, Range** below, Range** rest) {
  // Going down, each side's open slot moves along the side's inner edge.
  while (tree) {
    if (tree->start < address) {
      *below = tree;
      below = &tree->right_;
      tree = tree->right_;
    } else {
      *rest = tree;
      rest = &tree->left_;
      tree = tree->left_;
    }
  }
  *below = nullptr;
  *rest = nullptr;
}

RangeMap::Range* RangeMap::Merge(Range* below, Range* above) {
  Range* root = nullptr;
  Range** slot = &root;
  while (below && above) {
    if (below->priority_ >= above->priority_) {
      *slot = below;
      slot = &below->right_;
      below = below->right_;
    } else {
      *slot = above;
      slot = &above->left_;
      above = above->left_;
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
  range->priority_ = random_;

  Range** slot = &root_;
  while (*slot && (*slot)->priority_ >= range->priority_) {
    slot = start < (*slot)->start ? &(*slot)->left_ : &(*slot)->right_;
  }
  Split(*slot, start, &range->left_, &range->right_);
  *slot = range;
  count_++;
  return range;
}

void RangeMap::Remove(Range* range) {
  Range** slot = &root_;
  while (*slot != range) {
    slot = range->start < (*slot)->start ? &(*slot)->left_ : &(*slot)->right_;
  }
  *slot = Merge(range->left_, range->right_);
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
      at = at->right_;
    } else {
      at = at->left_;
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
      at = at->left_;
    } else {
      at = at->right_;
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
