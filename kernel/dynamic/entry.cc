// SPDX-License-Identifier: BSD-2-Clause
//
// Compiled without jump tables: KernelEntry runs before the image is relocated when the loader has
// left that to the kernel. Until then every address is found relative to the program counter, and
// nothing outside this file but inlined templates is called.
#include "kernel/dynamic/entry.h"

#include "arch/current/elf_traits.h"
#include "kernel/dynamic/image.h"
#include "rtld_shared/link/self.h"

namespace dynamic {
namespace {

bool IsUsable(const Handoff& handoff) {
  return handoff.magic == kHandoffMagic && handoff.version == kHandoffVersion &&
         handoff.size >= sizeof(Handoff) && handoff.image_count != 0;
}

}  // namespace

const char* WhyUnusable(const Handoff& handoff) {
  if (handoff.magic != kHandoffMagic) return "the loader's hand-off has another magic number";
  if (handoff.version != kHandoffVersion) return "the loader's hand-off has another version";
  if (handoff.size < sizeof(Handoff)) return "the loader's hand-off is too short";
  if (handoff.image_count == 0 || (handoff.images[0].flags & kHandoffKernel) == 0) {
    return "the loader's hand-off does not begin with the kernel's image";
  }
  return nullptr;
}

}  // namespace dynamic

void KernelEntry(const dynamic::Handoff* handoff) {
  // A hand-off that cannot be read is refused by Main, which can speak: assume the usual.
  const bool relocated =
      !dynamic::IsUsable(*handoff) || (handoff->images[0].flags & dynamic::kHandoffRelocated) != 0;
  if (!relocated) rtld::RelocateSelf<arch::Current>(dynamic::OwnBias(), dynamic::OwnDynamic());
  rtld::AfterSelfRelocation([](const dynamic::Handoff* h) { kernel::Main(*h); }, handoff);
  __builtin_unreachable();
}
