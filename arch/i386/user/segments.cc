// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/user/segments.h"

#include <cstdint>

namespace arch {
namespace {

constexpr int kSetThreadArea = 243;

// struct user_desc (asm/ldt.h).
struct UserDescriptor {
  uint32_t entry;
  uint32_t base;
  uint32_t limit;
  uint32_t flags;
};
constexpr uint32_t kAnyEntry = ~0u;
constexpr uint32_t kIs32Bit = 1 << 0, kReadOnly = 1 << 3, kInPages = 1 << 4, kNotPresent = 1 << 5;
constexpr uint32_t kForUsers = 3;  // a selector's

int SetThreadArea(UserDescriptor* description) {
  int result;
  asm volatile("int $0x80" : "=a"(result) : "a"(kSetThreadArea), "b"(description) : "memory");
  return result;
}

}  // namespace

bool LoseStackSegment() {
  // 1. One as flat as the program's own.
  UserDescriptor flat{kAnyEntry, 0, 0xfffff, kIs32Bit | kInPages};
  if (SetThreadArea(&flat) != 0) return false;
  // 2. Used and emptied. No interrupt comes behind the instruction that loads SS (SDM volume 3,
  //    6.8.3), so the kernel meets it in the system call.
  UserDescriptor empty{flat.entry, 0, 0, kReadOnly | kNotPresent};
  const uint32_t selector = flat.entry << 3 | kForUsers;
  int result;
  asm volatile("mov %w[selector], %%ss\n\tint $0x80"
               : "=a"(result)
               : "a"(kSetThreadArea), "b"(&empty), [selector] "c"(selector)
               : "memory");
  return result == 0;
}

}  // namespace arch
