// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/alternate_stack.h"

#include "kernel/kpi/errno.h"

namespace proc {

uint32_t AlternateStack::FlagsAt(uintptr_t stack_pointer) const {
  const uint32_t use = !bytes ? kStackDisabled : InUse(stack_pointer) ? kStackInUse : 0;
  return use | (flags & kStackAutoDisarm);
}

base::Error AlternateStack::Set(const AlternateStack& wanted, uintptr_t stack_pointer,
                                size_t least) {
  if (InUse(stack_pointer)) return base::Errno(EPERM);
  // Linux: it may be called in use, which means nothing.
  const uint32_t mode = wanted.flags & ~kStackAutoDisarm;
  if (mode != 0 && mode != kStackInUse && mode != kStackDisabled) return base::Errno(EINVAL);
  if (mode == kStackDisabled) {
    *this = {.flags = wanted.flags};
    return base::Error::kOk;
  }
  if (wanted.bytes < least) return base::Errno(ENOMEM);
  *this = wanted;
  return base::Error::kOk;
}

}  // namespace proc
