// SPDX-License-Identifier: BSD-2-Clause
//
// "Physical memory" for tests: a page-aligned block of the host's own memory, whose addresses play
// the physical ones, as boot::At has it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "arch/contract/boot/boot.h"

namespace stand::testing {

class HostMemory {
 public:
  explicit HostMemory(size_t pages)
      : bytes_(pages * boot::kPageSize), block_(std::aligned_alloc(boot::kPageSize, bytes_)) {
    std::memset(block_, 0xa5, bytes_);  // what is not written must not look zeroed
  }
  ~HostMemory() { std::free(block_); }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  boot::Range range() const {
    return {.base = reinterpret_cast<uint64_t>(block_), .bytes = bytes_};
  }

 private:
  size_t bytes_;
  void* block_;
};

}  // namespace stand::testing
