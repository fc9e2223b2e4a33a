// SPDX-License-Identifier: BSD-2-Clause
//
// PointerIndex: a number for each of any number of objects, found by their addresses; what it costs
// does not grow with how many there are. Nothing is read of the objects or marked in them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

// Owns nothing by itself: whoever has the arena calls Clear before the index goes.
class PointerIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // kNone when the object is not there; nullptr never is.
  [[nodiscard]] uint32_t Find(const void* object) const {
    return slots_.empty() || object == nullptr ? kNone : slots_[Probe(object)].number;
  }

  [[nodiscard]] size_t size() const { return used_; }

  // Room for so many objects in all, so that Add need not ask for more.
  template <Arena R>
  [[nodiscard]] bool Reserve(R& arena, size_t objects) {
    size_t size = 16;
    while (2 * objects > size) size *= 2;
    return size <= slots_.size() || Grow(arena, size);
  }

  // An object, not nullptr, that is there already keeps its number. False: no memory, and all is as
  // before.
  template <Arena R>
  [[nodiscard]] bool Add(R& arena, const void* object, uint32_t number) {
    if (!Reserve(arena, used_ + 1)) return false;
    Slot& slot = slots_[Probe(object)];
    if (slot.object != nullptr) return true;
    slot = {object, number};
    ++used_;
    return true;
  }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, slots_);
    used_ = 0;
  }

 private:
  struct Slot {
    const void* object = nullptr;
    uint32_t number = kNone;
  };

  // Where the object is, or would be. Addresses differ above their alignment; the multiplier spreads
  // them over the table.
  [[nodiscard]] size_t Probe(const void* object) const {
    const uint64_t hash = reinterpret_cast<uintptr_t>(object) * uint64_t{0x9e3779b97f4a7c15};
    size_t i = static_cast<size_t>(hash >> 32) & (slots_.size() - 1);
    while (slots_[i].object != nullptr && slots_[i].object != object) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  template <Arena R>
  [[nodiscard]] bool Grow(R& arena, size_t size) {
    std::span<Slot> old = slots_;
    const std::span<Slot> grown = AllocateArray<Slot>(arena, size);
    if (grown.empty()) return false;
    slots_ = grown;
    for (const Slot& slot : old) {
      if (slot.object != nullptr) slots_[Probe(slot.object)] = slot;
    }
    FreeArray(arena, old);
    return true;
  }

  std::span<Slot> slots_;  // a power of two of them, at least half of them free
  size_t used_ = 0;
};

}  // namespace rtld
