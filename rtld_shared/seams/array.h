// SPDX-License-Identifier: BSD-2-Clause
//
// Arrays and a growing list whose memory comes from an Arena. Elements are trivially destructible;
// failure to allocate is a return value and leaves what was there as it was.

#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include "rtld_shared/seams/arena.h"

namespace rtld {

// `count` value-initialised elements, or an empty span when the arena has no room (or count is 0).
template <class T, Arena R>
[[nodiscard]] std::span<T> AllocateArray(R& arena, size_t count) {
  static_assert(std::is_trivially_destructible_v<T>);
  size_t bytes = 0;
  if (count == 0 || __builtin_mul_overflow(count, sizeof(T), &bytes)) return {};
  void* memory = arena.Allocate(bytes, alignof(T));
  if (memory == nullptr) return {};
  T* first = static_cast<T*>(memory);
  for (size_t i = 0; i < count; ++i) new (first + i) T();
  return {first, count};
}

template <class T, Arena R>
void FreeArray(R& arena, std::span<T>& array) {
  if (!array.empty()) arena.Free(array.data(), array.size_bytes());
  array = {};
}

// Owns nothing by itself: whoever has the arena calls Clear before the list goes.
template <class T>
class List {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T& operator[](size_t i) { return storage_[i]; }
  [[nodiscard]] const T& operator[](size_t i) const { return storage_[i]; }
  [[nodiscard]] T* begin() { return storage_.data(); }
  [[nodiscard]] T* end() { return storage_.data() + size_; }
  [[nodiscard]] const T* begin() const { return storage_.data(); }
  [[nodiscard]] const T* end() const { return storage_.data() + size_; }
  [[nodiscard]] std::span<T> span() { return {storage_.data(), size_}; }
  [[nodiscard]] std::span<const T> span() const { return {storage_.data(), size_}; }

  template <Arena R>
  [[nodiscard]] bool Reserve(R& arena, size_t capacity) {
    if (capacity <= storage_.size()) return true;
    std::span<T> grown = AllocateArray<T>(arena, capacity);
    if (grown.empty()) return false;
    for (size_t i = 0; i < size_; ++i) grown[i] = storage_[i];
    FreeArray(arena, storage_);
    storage_ = grown;
    return true;
  }

  template <Arena R>
  [[nodiscard]] bool Add(R& arena, const T& value) {
    if (size_ == storage_.size() && !Reserve(arena, size_ == 0 ? 8 : 2 * size_)) return false;
    storage_[size_++] = value;
    return true;
  }

  void Shrink(size_t size) { size_ = size; }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, storage_);
    size_ = 0;
  }

 private:
  std::span<T> storage_;
  size_t size_ = 0;
};

}  // namespace rtld
