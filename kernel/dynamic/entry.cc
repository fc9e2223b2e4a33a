// SPDX-License-Identifier: BSD-2-Clause
//
// Compiled without jump tables: KernelEntry runs before the image is relocated when the loader has
// left that to the kernel. Until then every address is found relative to the program counter, and
// nothing outside this file but inlined templates is called.
#include "kernel/dynamic/entry.h"

#include "arch/current/elf_traits.h"
#include "kernel/dynamic/image.h"
#include "rtld_shared/link/self.h"

namespace {

// A hand-off that cannot be read is refused by Main, which can speak: assume the usual.
bool IsRelocated(const dynamic::Handoff& handoff) {
  if (handoff.magic != dynamic::kHandoffMagic || handoff.version != dynamic::kHandoffVersion) {
    return true;
  }
  return (handoff.images[0].flags & dynamic::kHandoffRelocated) != 0;
}

}  // namespace

void KernelEntry(const dynamic::Handoff* handoff) {
  if (!IsRelocated(*handoff)) {
    rtld::RelocateSelf<arch::Current>(dynamic::OwnBias(), dynamic::OwnDynamic());
  }
  rtld::AfterSelfRelocation(&kernel::Main, handoff);
  __builtin_unreachable();
}
