// SPDX-License-Identifier: BSD-2-Clause
//
// The stack that handlers with SA_ONSTACK run on (sigaltstack(2)). Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/result.h"

namespace proc {

// ss_flags.
inline constexpr uint32_t kStackInUse = 1;              // SS_ONSTACK
inline constexpr uint32_t kStackDisabled = 2;           // SS_DISABLE
inline constexpr uint32_t kStackAutoDisarm = 1u << 31;  // SS_AUTODISARM

struct AlternateStack {
  uintptr_t base = 0;
  size_t bytes = 0;  // 0 = there is none
  uint32_t flags = kStackDisabled;

  // Whether a program with this stack pointer runs on it. One that is disarmed while a handler runs
  // is never in use: who set it there has done so on purpose.
  bool InUse(uintptr_t stack_pointer) const {
    return (flags & kStackAutoDisarm) == 0 && stack_pointer > base && stack_pointer - base <= bytes;
  }
  // What sigaltstack answers.
  uint32_t FlagsAt(uintptr_t stack_pointer) const;
  // Makes it `wanted` unless it is in use or `wanted` is less than `least` bytes. EPERM, EINVAL for
  // flags that do not go together, ENOMEM.
  base::Error Set(const AlternateStack& wanted, uintptr_t stack_pointer, size_t least);
};

}  // namespace proc
