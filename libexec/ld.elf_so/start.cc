// SPDX-License-Identifier: BSD-2-Clause
//
// The first stage: ld.elf_so relocates itself. Compiled without jump tables; reads nothing that is
// not yet relocated (rtld_shared/link/self.h).
#include "libexec/ld.elf_so/self.h"
#include "rtld_shared/link/self.h"

// Called by _start with the stack pointer the kernel gave.
extern "C" [[gnu::visibility("hidden")]] void user_start(uintptr_t* stack, uintptr_t) {
  rtld::RelocateSelf<arch::Current>(ldso::OwnBias(), _DYNAMIC);
  rtld::AfterSelfRelocation([](uintptr_t* from) { ldso::Main(from); }, stack);
}
