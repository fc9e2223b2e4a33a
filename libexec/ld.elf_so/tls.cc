// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/tls.h"

#include <cstring>

#include "libexec/ld.elf_so/system.h"

namespace ldso {

constinit StaticTls static_tls;

bool StaticTls::Add(PageArena& arena, Module& module) {
  if (offsets_.empty() && !offsets_.Add(arena, 0)) return false;
  if (!module.plan.tls.present()) return true;
  int64_t offset = 0;
  if (!layout_.Add(module.plan.tls, offset)) return false;
  module.tls_module = offsets_.size();
  module.tls_offset = offset;
  module.tls_static = true;
  return offsets_.Add(arena, offset);
}

bool StaticTls::Start(const uint8_t* random) {
  using Tls = arch::Current::Tls;
  const uint64_t align = layout_.align() > 64 ? layout_.align() : 64;
  const uint64_t bytes = layout_.size() + arch::kThreadBlockBytes + 2 * align;
  const uintptr_t begin = MapFresh(bytes, Access::kReadWrite);
  if (begin == 0) return false;
  if constexpr (Tls::kVariant == 2) {
    // Blocks end at the thread pointer, the control block begins there.
    thread_pointer_ = (begin + layout_.size() + align - 1) & ~(align - 1);
  } else {
    // Offsets count from the end of what lies before the blocks, less the psABI's bias.
    const uintptr_t control = (begin + arch::kThreadBlockBytes + align - 1) & ~(align - 1);
    thread_pointer_ = control - Tls::kThreadPointerBias;
  }
  arch::InitThreadBlock(thread_pointer_, random);
  return arch::SetThreadPointer(thread_pointer_);
}

void StaticTls::Fill(const Module& module) const {
  if (!module.plan.tls.present()) return;
  std::memcpy(reinterpret_cast<void*>(thread_pointer_ + module.tls_offset),
              reinterpret_cast<const void*>(module.RunTime(module.plan.tls.vaddr)),
              module.plan.tls.filesz);
}

}  // namespace ldso
