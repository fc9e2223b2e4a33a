// SPDX-License-Identifier: BSD-2-Clause
//
// Objects on the kernel heap. New returns null when there is no memory; what it made is given back
// with Delete and nothing else.
#pragma once

#include <new>
#include <utility>

#include "kernel/mm/heap.h"

namespace base {

template <class T, class... Arguments>
[[nodiscard]] T* New(Arguments&&... arguments) {
  void* memory = mm::Allocate(sizeof(T), alignof(T));
  return memory ? ::new (memory) T(std::forward<Arguments>(arguments)...) : nullptr;
}

template <class T>
void Delete(T* object) {
  if (!object) return;
  object->~T();
  mm::Free(object);
}

}  // namespace base
