// SPDX-License-Identifier: BSD-2-Clause
//
// Copies to and from the current process by walking its page table and going through the direct
// map: no fault can happen, and user mappings need not be reachable from the kernel at all.
#include "arch/contract/kernel/mmu.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/address_space_internal.h"
#include "kernel/mm/frames.h"

namespace mm {
namespace {

using base::Errno;
using base::Error;

// The kernel's view of one byte of the current process and how many follow it in the page; null
// when the process may not access it so.
char* UserByte(VirtAddr address, bool write, size_t* in_page) {
  AddressSpace* space = ActiveSpace();
  arch::Mapping mapping;
  if (!space || address >= arch::UserEnd()) return nullptr;
  if (!arch::Translate(space->root(), address, &mapping) || !mapping.user) return nullptr;
  if (mapping.protection == Protection::kNone) return nullptr;
  if (write && mapping.protection != Protection::kReadWrite) return nullptr;
  size_t offset = address & (kPageSize - 1);
  *in_page = kPageSize - offset;
  return static_cast<char*>(DirectMap(mapping.frame)) + offset;
}

}  // namespace

Error CopyIn(void* to, VirtAddr from, size_t bytes) {
  auto* target = static_cast<char*>(to);
  while (bytes) {
    size_t now;
    const char* source = UserByte(from, false, &now);
    if (!source) return Errno(EFAULT);
    if (now > bytes) now = bytes;
    __builtin_memcpy(target, source, now);
    target += now;
    from += now;
    bytes -= now;
  }
  return Error::kOk;
}

Error CopyOut(VirtAddr to, const void* from, size_t bytes) {
  auto* source = static_cast<const char*>(from);
  while (bytes) {
    size_t now;
    char* target = UserByte(to, true, &now);
    if (!target) return Errno(EFAULT);
    if (now > bytes) now = bytes;
    __builtin_memcpy(target, source, now);
    to += now;
    source += now;
    bytes -= now;
  }
  return Error::kOk;
}

base::Result<size_t> CopyInString(char* to, VirtAddr from, size_t capacity) {
  size_t length = 0;
  while (length < capacity) {
    size_t now;
    const char* source = UserByte(from + length, false, &now);
    if (!source) return Errno(EFAULT);
    for (; now && length < capacity; now--, length++) {
      if (!(to[length] = *source++)) return length;
    }
  }
  return Errno(ENAMETOOLONG);
}

}  // namespace mm
