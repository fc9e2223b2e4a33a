// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dynamic/ifunc.h"

#include "arch/current/elf_traits.h"
#include "kernel/dynamic/image.h"
#include "rtld_shared/elf/constants.h"

namespace dynamic {
namespace {

using Layout = arch::Current::Layout;
using Addr = Layout::Addr;

constexpr uint64_t kPageMask = arch::Current::kPageSize - 1;

// What psABIs give resolvers are the CPU's capabilities for programs of users, in AT_HWCAP: none of
// them is for code of a kernel, whose compiler was told what it may use.
Addr CallResolver(uint64_t resolver) {
  using Resolver = Addr (*)(uintptr_t capabilities, const void* more);
  return reinterpret_cast<Resolver>(static_cast<uintptr_t>(resolver))(0, nullptr);
}

}  // namespace

size_t RunIfuncs(const Handoff& handoff, size_t image) {
  size_t count = 0;
  for (size_t i = 0; i < handoff.ifunc_count && i < kHandoffMaxIfuncs; ++i) {
    const HandoffIfunc& pending = handoff.ifuncs[i];
    if (pending.image != image) continue;
    // *place = resolver() + A
    const Addr value = static_cast<Addr>(CallResolver(pending.resolver) + pending.addend);
    *reinterpret_cast<Layout::AddrField*>(
        static_cast<uintptr_t>(pending.place + handoff.images[image].bias)) = value;
    ++count;
  }
  return count;
}

bool SetDebugPointer(const void* r_debug) {
  for (Layout::Dyn* entry = _DYNAMIC; entry->tag != elf::kDtNull; ++entry) {
    if (entry->tag != elf::kDtDebug) continue;
    entry->val = static_cast<Addr>(reinterpret_cast<uintptr_t>(r_debug));
    return true;
  }
  return false;
}

AddressRange RelroOf(const HandoffImage& image) {
  const auto* phdrs = reinterpret_cast<const Layout::Phdr*>(
      static_cast<uintptr_t>(image.program_headers + image.bias));
  for (uint64_t i = 0; i < image.program_header_count; ++i) {
    if (phdrs[i].type != elf::kPtGnuRelro) continue;
    const uint64_t start = phdrs[i].vaddr & ~kPageMask;
    const uint64_t end = (phdrs[i].vaddr + phdrs[i].memsz) & ~kPageMask;
    if (end <= start) return {};
    return {.start = static_cast<uintptr_t>(start + image.bias),
            .bytes = static_cast<size_t>(end - start)};
  }
  return {};
}

}  // namespace dynamic
