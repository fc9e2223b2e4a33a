// SPDX-License-Identifier: BSD-2-Clause
//
// A growing array of plain values (trivially copyable) on the kernel heap. Growing can fail and
// then changes nothing.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "kernel/mm/heap.h"

namespace base {

template <class T>
class Vector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Vector() = default;
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  ~Vector() { mm::Free(items_); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return items_; }
  const T* data() const { return items_; }
  T& operator[](size_t index) { return items_[index]; }
  const T& operator[](size_t index) const { return items_[index]; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  std::span<const T> span() const { return {items_, size_}; }

  [[nodiscard]] bool Reserve(size_t capacity) {
    if (capacity <= capacity_) return true;
    size_t wanted = capacity_ < 4 ? 8 : capacity_ * 2;
    if (wanted < capacity) wanted = capacity;
    if (wanted > SIZE_MAX / sizeof(T)) return false;
    void* memory = mm::Allocate(wanted * sizeof(T), alignof(T));
    if (!memory) return false;
    if (size_) std::memcpy(memory, items_, size_ * sizeof(T));
    mm::Free(items_);
    items_ = static_cast<T*>(memory);
    capacity_ = wanted;
    return true;
  }

  [[nodiscard]] bool Push(const T& value) {
    const T copy = value;
    if (!Reserve(size_ + 1)) return false;
    items_[size_++] = copy;
    return true;
  }

  // Grows with `fill` or shrinks; shrinking never fails.
  [[nodiscard]] bool Resize(size_t size, const T& fill) {
    if (!Reserve(size)) return false;
    for (size_t i = size_; i < size; ++i) items_[i] = fill;
    size_ = size;
    return true;
  }

  // Keeps the order of the others.
  void Remove(size_t index) {
    --size_;
    for (size_t i = index; i < size_; ++i) items_[i] = items_[i + 1];
  }

  void Clear() { size_ = 0; }

 private:
  T* items_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace base
