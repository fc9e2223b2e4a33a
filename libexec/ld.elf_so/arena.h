// SPDX-License-Identifier: BSD-2-Clause
//
// Memory for records, from anonymous mappings: a bump arena (rtld_shared/seams/arena.h). What is
// freed last is used again; the rest lives as long as the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "libexec/ld.elf_so/system.h"

namespace ldso {

class PageArena {
 public:
  void* Allocate(size_t size, size_t align) {
    uintptr_t begin = (next_ + align - 1) & ~(uintptr_t{align} - 1);
    if (begin < next_ || begin > end_ || size > end_ - begin) {
      constexpr size_t kChunk = 64 * 1024;
      if (size > SIZE_MAX / 2) return nullptr;
      const size_t bytes = (size + kChunk - 1) & ~(kChunk - 1);
      const uintptr_t fresh = MapFresh(bytes, Access::kReadWrite);
      if (fresh == 0) return nullptr;
      begin = fresh;
      end_ = fresh + bytes;
    }
    next_ = begin + size;
    used_ += size;
    return reinterpret_cast<void*>(begin);
  }

  void Free(void* pointer, size_t size) {
    const auto begin = reinterpret_cast<uintptr_t>(pointer);
    if (begin + size == next_) next_ = begin;
    used_ -= size;
  }

  // A NUL-terminated copy; data() is nullptr when there is no memory.
  std::string_view Copy(std::string_view text) {
    char* copy = static_cast<char*>(Allocate(text.size() + 1, 1));
    if (!copy) return {};
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    return {copy, text.size()};
  }

  size_t in_use() const { return used_; }

 private:
  uintptr_t next_ = 0;
  uintptr_t end_ = 0;
  size_t used_ = 0;
};

}  // namespace ldso
