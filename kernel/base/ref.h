// SPDX-License-Identifier: BSD-2-Clause
//
// A counted reference to an object that counts its own owners. T has Retain() and Release(); the
// last Release destroys the object. A Ref may be null. Copying a Ref takes one more reference.
#pragma once

#include <cstddef>
#include <utility>

namespace base {

template <class T>
class Ref {
 public:
  constexpr Ref() = default;
  // Implicit, as for every pointer.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Ref(std::nullptr_t) {}
  Ref(const Ref& other) : object_(other.object_) {
    if (object_) object_->Retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class Derived>
  // NOLINTNEXTLINE(google-explicit-constructor)
  Ref(Ref<Derived>&& other) noexcept : object_(other.Leak()) {}
  ~Ref() { Reset(); }

  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }

  // Takes over a reference that the caller already holds, as a new object's first one.
  static Ref Adopt(T* object) {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  // Takes a further reference.
  static Ref Share(T* object) {
    if (object) object->Retain();
    return Adopt(object);
  }

  // Gives the reference up without releasing it.
  [[nodiscard]] T* Leak() { return std::exchange(object_, nullptr); }
  void Reset() {
    if (T* object = std::exchange(object_, nullptr)) object->Release();
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace base
