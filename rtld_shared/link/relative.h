// SPDX-License-Identifier: BSD-2-Clause
//
// Relative relocation: B + A over DT_RELR, then over the leading RELATIVE entries of DT_RELA and
// DT_REL, which linkers put first. Entries that stand elsewhere are the symbolic loop's. Needs no
// other image and no symbol. Every place is checked to be writable in the image, and with
// Policy::check_targets every value to point into it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/relr.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/place.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/memory.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

namespace internal {

// The type that B + A in a whole word has on this CPU, for the bulk loop.
template <arch::ElfArch A>
[[nodiscard]] consteval std::optional<uint32_t> RelativeType() {
  for (uint32_t type = 0; type < 0x1000; ++type) {
    if (A::RuleFor(type) == arch::Rule{.op = arch::Op::kRelative}) return type;
  }
  return std::nullopt;
}

// How many entries at the table's start are plain RELATIVE ones.
template <arch::ElfArch A, class Entry>
[[nodiscard]] size_t LeadingRelative(std::span<const Entry> table) {
  using L = typename A::Layout;
  constexpr std::optional<uint32_t> kType = RelativeType<A>();
  if constexpr (!kType.has_value()) return 0;
  size_t count = 0;
  while (count < table.size() && L::TypeOf(table[count].info) == *kType) ++count;
  return count;
}

}  // namespace internal

template <arch::ElfArch A, WritableMemory M, Diagnostics D>
class RelativeRelocator {
 public:
  using L = typename A::Layout;
  using Addr = typename L::Addr;

  RelativeRelocator(D& diagnostics, M& memory, const Module<A>& module, const Policy& policy)
      : diagnostics_(diagnostics),
        module_(module),
        places_(memory, module.plan, policy.allow_text_relocations),
        low_(policy.check_targets ? module.plan.low : 0),
        reach_(policy.check_targets ? module.plan.high - module.plan.low + arch::kPointerReachOf<A>
                                    : ~uint64_t{0}) {}

  [[nodiscard]] bool Run() {
    const DynamicInfo<A>& dynamic = module_.dynamic;
    if (!StartsWithAddress<L>(dynamic.relr)) {
      diagnostics_.Error({.error = Error::kBadTable, .detail = "DT_RELR begins with a bitmap"});
      return false;
    }
    return Relr(dynamic.relr) && Table(dynamic.rela) && Table(dynamic.rel);
  }

 private:
  // One word that holds a link-time address. Not idempotent.
  [[nodiscard]] bool Bump(std::byte* place, uint64_t vaddr) {
    const Addr value = LoadWord<L>(place, sizeof(Addr));
    if (value - low_ > reach_) [[unlikely]] {
      return BadTarget("DT_RELR", vaddr, value);
    }
    StoreWord<L>(place, sizeof(Addr), static_cast<Addr>(value + module_.bias));
    return true;
  }

  [[nodiscard]] bool Relr(std::span<const typename L::Relr> table) {
    return ForEachRelr<L>(table, [this](Addr vaddr) {
      std::byte* place = places_.At(vaddr, sizeof(Addr));
      if (place == nullptr) [[unlikely]] {
        return BadPlace("DT_RELR", vaddr);
      }
      return Bump(place, vaddr);
    });
  }

  [[nodiscard]] bool Table(std::span<const typename L::Rela> table) {
    for (const typename L::Rela& entry : table.first(internal::LeadingRelative<A>(table))) {
      std::byte* place = places_.At(entry.offset, sizeof(Addr));
      if (place == nullptr) [[unlikely]] {
        return BadPlace("DT_RELA", entry.offset);
      }
      const Addr addend = entry.addend;
      if (addend - low_ > reach_) [[unlikely]] {
        return BadTarget("DT_RELA", entry.offset, addend);
      }
      StoreWord<L>(place, sizeof(Addr), static_cast<Addr>(module_.bias + addend));
    }
    return true;
  }

  [[nodiscard]] bool Table(std::span<const typename L::Rel> table) {
    for (const typename L::Rel& entry : table.first(internal::LeadingRelative<A>(table))) {
      std::byte* place = places_.At(entry.offset, sizeof(Addr));
      if (place == nullptr) [[unlikely]] {
        return BadPlace("DT_REL", entry.offset);
      }
      if (!Bump(place, entry.offset)) return false;
    }
    return true;
  }

  bool BadPlace(std::string_view table, uint64_t vaddr) {
    diagnostics_.Error(
        {.error = Error::kBadPlace, .has_place = true, .detail = table, .place = vaddr});
    return false;
  }
  bool BadTarget(std::string_view table, uint64_t vaddr, uint64_t value) {
    diagnostics_.Error({.error = Error::kBadTarget,
                        .has_place = true,
                        .detail = table,
                        .place = vaddr,
                        .value = value});
    return false;
  }

  D& diagnostics_;
  const Module<A>& module_;
  Places<M> places_;
  uint64_t low_;
  uint64_t reach_;
};

template <arch::ElfArch A, WritableMemory M, Diagnostics D>
[[nodiscard]] bool RelocateRelative(D& diagnostics, M& memory, const Module<A>& module,
                                    const Policy& policy) {
  return RelativeRelocator<A, M, D>(diagnostics, memory, module, policy).Run();
}

}  // namespace rtld
