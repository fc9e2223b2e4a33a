// SPDX-License-Identifier: BSD-2-Clause
//
// An object of its own, compiled as rtld_shared/link/self.h wants it: nothing here needs relocation.

#include "rtld_shared/link/self.h"

#include "arch/current/elf_traits.h"
#include "rtld_shared/capi/rtld.h"

void rtld_relocate_self(uintptr_t bias, const void* dynamic) {
  using Arch = arch::Current;
  rtld::RelocateSelf<Arch>(bias, static_cast<const Arch::Layout::Dyn*>(dynamic));
}
