// SPDX-License-Identifier: BSD-2-Clause
//
// Module: the permanent record of one image, from plan to unload. Plain data; the session fills it,
// the client keeps it after Commit and may read everything.
//
// Addresses are link-time ones unless said otherwise; run-time = link-time + bias, modulo the
// address width. Views (names, tables) point into the mapped image and are good as long as it is
// mapped; `path` is the client's (File::Path), who keeps it as long as the module. The name of an
// image without DT_SONAME is the end of its path, or a copy where it was asked for by another one.
// Arrays are memory of the session's arena: FreeModule.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

template <arch::ElfArch A>
struct Module {
  using L = typename A::Layout;
  using Addr = typename L::Addr;
  using Sym = typename L::Sym;

  std::string_view path;
  // DT_SONAME; without one, what a DT_NEEDED asked for, or the last part of the path.
  std::string_view name;
  std::span<char> asked;  // the copy that `name` shows, or empty
  Addr bias = 0;
  uint64_t entry = 0;
  uint16_t type = 0;  // e_type; 0 when the image was adopted without an ELF header

  LoadPlan plan;
  DynamicInfo<A> dynamic;
  Versions versions;             // by version index
  std::span<Module*> providers;  // likewise: who provides the needed version
  std::span<uint16_t> provided;  // likewise: which one that is of the provider's; 0 = see its name
  std::span<Module*> needed;     // of DT_NEEDED, in order

  // A module id and, when the block is part of every thread's static TLS, its offset from the
  // thread pointer. Given by the client before relocation; 0 = none.
  uint64_t tls_module = 0;
  int64_t tls_offset = 0;
  bool tls_static = false;

  // How many entries at the start of DT_RELA and DT_REL RelocateRelative has done: the others are
  // RelocateSymbolic's.
  size_t relative_rela = 0;
  size_t relative_rel = 0;

  bool versioned_only = false;  // binds only to versioned references
  bool relocated = false;       // relative and symbolic relocations have been applied, by whomever
  void* owner = nullptr;        // the client's own record
  // Index in the session that is linking the image; kLinked from Commit on, and never written
  // again.
  static constexpr uint32_t kLinked = ~uint32_t{0};
  uint32_t node = kLinked;

  [[nodiscard]] Addr RunTime(uint64_t vaddr) const { return static_cast<Addr>(vaddr + bias); }
  [[nodiscard]] Addr LinkTime(uint64_t address) const { return static_cast<Addr>(address - bias); }
  // S: absolute symbols (linker script constants) do not move, TLS symbols are offsets.
  [[nodiscard]] Addr ValueOf(const Sym& symbol) const {
    const bool moves =
        symbol.shndx != elf::kShnAbs && elf::SymbolTypeOf(symbol.info) != elf::kSttTls;
    return moves ? RunTime(symbol.value) : symbol.value.get();
  }
  [[nodiscard]] std::string_view NameOf(const Sym& symbol) const {
    return dynamic.strings.At(symbol.name);
  }
  // The version entry that DT_VERSYM gives symbol `index`, or nullptr.
  [[nodiscard]] const Version* VersionOf(uint32_t index) const {
    if (index >= dynamic.versym.size()) return nullptr;
    const uint32_t version = dynamic.versym[index] & elf::kVersymIndex;
    if (version >= versions.size() || versions[version].kind == Version::Kind::kNone) {
      return nullptr;
    }
    return &versions[version];
  }
};

// Loader::Linked of a client whose images are where its own pointers lead. Not what was given back
// when the image was initialised.
template <arch::ElfArch A>
[[nodiscard]] const std::byte* BytesInPlace(const Module<A>& module, uint64_t vaddr,
                                            uint64_t size) {
  const Segment* const segment = module.plan.SegmentAt(vaddr, size);
  if (segment == nullptr || segment->init_only()) return nullptr;
  return reinterpret_cast<const std::byte*>(static_cast<uintptr_t>(module.RunTime(vaddr)));
}

template <arch::ElfArch A, Arena R>
void FreeModule(R& arena, Module<A>& module) {
  FreePlan(arena, module.plan);
  FreeArray(arena, module.versions);
  FreeArray(arena, module.providers);
  FreeArray(arena, module.provided);
  FreeArray(arena, module.needed);
  FreeArray(arena, module.asked);
}

}  // namespace rtld
