// SPDX-License-Identifier: BSD-2-Clause
//
// The manager's own memory: every block is taken from the host through these two functions, which
// count blocks and bytes, so that a leak shows as a number (kld_counters). Nothing here throws or
// panics: what can fail says so, and then has changed nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace kld {

struct MemoryCounts {
  uint64_t blocks = 0;
  uint64_t bytes = 0;  // as asked for
};

// Aligned to 16; null when the host has none. May be called with the monitor held.
[[nodiscard]] void* Allocate(size_t bytes);
void Free(void* block);  // null is allowed
MemoryCounts CountMemory();

// One object; null when there is no memory.
template <class T, class... Arguments>
[[nodiscard]] T* New(Arguments&&... arguments) {
  void* const block = Allocate(sizeof(T));
  return block == nullptr ? nullptr : new (block) T(std::forward<Arguments>(arguments)...);
}
template <class T>
void Delete(T* object) {
  if (object == nullptr) return;
  object->~T();
  Free(object);
}

// Owns one object.
template <class T>
class Owned {
 public:
  Owned() = default;
  explicit Owned(T* object) : object_(object) {}
  Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Owned() { Delete(object_); }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  [[nodiscard]] T* Leak() { return std::exchange(object_, nullptr); }
  void Reset() { Delete(std::exchange(object_, nullptr)); }

 private:
  T* object_ = nullptr;
};

// Owns one object together with others; the last of them deletes it. The owners are one thread's at
// a time.
template <class T>
class Shared {
 public:
  Shared() = default;
  // A new object; empty when there is no memory.
  [[nodiscard]] static Shared Make() {
    Shared made;
    made.counted_ = New<Counted>();
    return made;
  }
  Shared(const Shared& other) : counted_(other.counted_) {
    if (counted_ != nullptr) ++counted_->owners;
  }
  Shared(Shared&& other) noexcept : counted_(std::exchange(other.counted_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(counted_, other.counted_);
    return *this;
  }
  ~Shared() {
    if (counted_ != nullptr && --counted_->owners == 0) Delete(counted_);
  }

  T* operator->() const { return &counted_->object; }
  explicit operator bool() const { return counted_ != nullptr; }
  // Whether they own the same object.
  friend bool operator==(const Shared& a, const Shared& b) { return a.counted_ == b.counted_; }

 private:
  struct Counted {
    T object;
    size_t owners = 1;
  };

  Counted* counted_ = nullptr;
};

// A list that grows; elements are moved when it does.
template <class T>
class Array {
 public:
  Array() = default;
  Array(Array&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() {
    Clear();
    Free(data_);
  }

  [[nodiscard]] bool Reserve(size_t capacity) {
    if (capacity <= capacity_) return true;
    size_t bytes;
    if (__builtin_mul_overflow(capacity, sizeof(T), &bytes)) return false;
    T* const grown = static_cast<T*>(Allocate(bytes));
    if (grown == nullptr) return false;
    for (size_t i = 0; i < size_; ++i) {
      new (grown + i) T(std::move(data_[i]));
      data_[i].~T();
    }
    Free(data_);
    data_ = grown;
    capacity_ = capacity;
    return true;
  }
  [[nodiscard]] bool Add(T value) {
    if (size_ == capacity_ && !Reserve(size_ == 0 ? 4 : 2 * size_)) return false;
    new (data_ + size_++) T(std::move(value));
    return true;
  }
  void RemoveLast() { data_[--size_].~T(); }
  // Removes the element at `index`; those behind it move up.
  void RemoveAt(size_t index) {
    for (size_t i = index; i + 1 < size_; ++i) data_[i] = std::move(data_[i + 1]);
    RemoveLast();
  }
  void Clear() {
    while (size_ != 0) RemoveLast();
  }

  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  bool Contains(const T& value) const {
    for (const T& element : *this) {
      if (element == value) return true;
    }
    return false;
  }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// An owned, NUL-terminated string.
class Text {
 public:
  Text() = default;
  Text(Text&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Text& operator=(Text&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Text() { Free(data_); }

  // Replaces the string; on failure it stays as it was.
  [[nodiscard]] bool Set(std::string_view text) { return Join(text, {}, {}); }
  // The three after one another.
  [[nodiscard]] bool Join(std::string_view first, std::string_view second,
                          std::string_view third = {});

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const char* c_str() const { return data_ == nullptr ? "" : data_; }
  std::string_view view() const { return {c_str(), size_}; }
  friend bool operator==(const Text& text, std::string_view other) { return text.view() == other; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

// Copies as much of `text` as fits, always NUL-terminated.
void CopyText(std::string_view text, char* to, size_t capacity);

}  // namespace kld
