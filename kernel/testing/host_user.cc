// SPDX-License-Identifier: BSD-2-Clause
//
// User memory of a test is the test's own: a user address is a host address. Null is not mapped.

#include <cstring>

#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"

namespace mm {

base::Error CopyIn(void* to, VirtAddr from, size_t bytes) {
  if (!from) return base::Errno(EFAULT);
  std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
  return base::Error::kOk;
}

base::Error CopyOut(VirtAddr to, const void* from, size_t bytes) {
  if (!to) return base::Errno(EFAULT);
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return base::Error::kOk;
}

base::Result<size_t> CopyInString(char* to, VirtAddr from, size_t capacity) {
  if (!from) return base::Errno(EFAULT);
  const char* text = reinterpret_cast<const char*>(from);
  for (size_t i = 0; i < capacity; ++i) {
    to[i] = text[i];
    if (!text[i]) return i;
  }
  return base::Errno(ENAMETOOLONG);
}

}  // namespace mm
