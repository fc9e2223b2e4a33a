// SPDX-License-Identifier: BSD-2-Clause
//
// What C++ wants from its run-time library, linked into every module, all of it hidden: each file
// has its own __dso_handle, its own list of destructors, and takes memory from the kernel.
//
// The kernel runs a file's .init_array before its load handlers and its .fini_array (backwards)
// after its unload handlers. Destructors of objects with static storage were entered in the list by
// __cxa_atexit (Itanium C++ ABI, section 3.3.5); the one function in .fini_array here runs them,
// last registered first.

#include <cstddef>

#include "kernel/kpi/kld.h"

namespace {

struct Destructor {
  void (*function)(void*);
  void* argument;
};

// Blocks grow by need; the first is part of the file, so that most files allocate nothing.
struct Block {
  static constexpr size_t kCapacity = 31;
  Block* previous = nullptr;
  size_t count = 0;
  Destructor destructors[kCapacity] = {};
};

constinit Block first_block;
constinit Block* last_block = &first_block;

__attribute__((destructor)) void RunDestructors() {
  for (;;) {
    while (last_block->count != 0) {
      const Destructor next = last_block->destructors[--last_block->count];
      next.function(next.argument);
    }
    if (last_block->previous == nullptr) return;
    Block* const empty = last_block;
    last_block = empty->previous;
    kfree(empty);
  }
}

}  // namespace

void* __dso_handle = nullptr;

// Called by constructors of one file at a time, on the thread that loads it, or at the first use of
// a local static: the module author's matter, for there are no thread-safe statics.
extern "C" int __cxa_atexit(void (*function)(void*), void* argument, void*) {
  if (last_block->count == Block::kCapacity) {
    auto* const block = static_cast<Block*>(kmalloc(sizeof(Block)));
    if (block == nullptr) return -1;
    block->previous = last_block;
    block->count = 0;
    last_block = block;
  }
  last_block->destructors[last_block->count++] = {function, argument};
  return 0;
}

extern "C" [[noreturn]] void __cxa_pure_virtual() { kpanic("pure virtual function called"); }
extern "C" [[noreturn]] void __cxa_deleted_virtual() { kpanic("deleted virtual function called"); }

// Without exceptions a new-expression takes null for failure only when its operator new is declared
// noexcept; so plain `new` of more than there is ends the system, `new (std::nothrow)` gives null.
void* operator new(size_t bytes) {
  void* const block = kmalloc(bytes == 0 ? 1 : bytes);
  if (block == nullptr) kpanic("out of memory: new of %zu bytes", bytes);
  return block;
}
void* operator new[](size_t bytes) { return operator new(bytes); }

namespace std {
struct nothrow_t;
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return kmalloc(bytes == 0 ? 1 : bytes);
}
void* operator new[](size_t bytes, const std::nothrow_t& tag) noexcept {
  return operator new(bytes, tag);
}

void operator delete(void* block) noexcept { kfree(block); }
void operator delete[](void* block) noexcept { kfree(block); }
void operator delete(void* block, size_t) noexcept { kfree(block); }
void operator delete[](void* block, size_t) noexcept { kfree(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { kfree(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { kfree(block); }
