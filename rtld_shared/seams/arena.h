// SPDX-License-Identifier: BSD-2-Clause
//
// Arena: the only source of memory for records. rtld_shared allocates per module and per growth of
// a list, never per symbol or per relocation.
//
//   Allocate(size, align)   size bytes (never 0), or nullptr: any allocation may fail, and whoever
//                           called reports it and undoes what it did
//   Free(pointer, size)     gives back what Allocate gave for that size; a bump arena does nothing

#pragma once

#include <concepts>
#include <cstddef>

namespace rtld {

template <class A>
concept Arena = requires(A& arena, size_t size, size_t align, void* pointer) {
  { arena.Allocate(size, align) } -> std::same_as<void*>;
  arena.Free(pointer, size);
};

}  // namespace rtld
