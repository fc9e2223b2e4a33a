// SPDX-License-Identifier: BSD-2-Clause
//
// Relative relocation: B + A over DT_RELR, then over the leading RELATIVE entries of DT_RELA and
// DT_REL, which linkers put first. Entries that stand elsewhere are the symbolic loop's. Needs no
// other image and no symbol. Every place is checked to be writable in the image, and with
// Policy::check_targets every value to point into it.

#pragma once

#include <bit>
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

}  // namespace internal

// A large library has some hundred thousand of these: the loops keep what they need in registers,
// and leave for whatever is not the next plain relocation in the segment at hand.
template <arch::ElfArch A, WritableMemory M, Diagnostics D>
class RelativeRelocator {
 public:
  using L = typename A::Layout;
  using Addr = typename L::Addr;

  RelativeRelocator(D& diagnostics, M& memory, Module<A>& module, const Policy& policy)
      : diagnostics_(diagnostics),
        module_(module),
        places_(memory, module.plan, module.dynamic.text_relocations),
        low_(policy.check_targets ? static_cast<Addr>(module.plan.low) : 0),
        reach_(policy.check_targets ? ReachOf(module.plan) : kAnywhere) {}

  [[nodiscard]] bool Run() {
    const DynamicInfo<A>& dynamic = module_.dynamic;
    if (!StartsWithAddress<L>(dynamic.relr)) {
      diagnostics_.Error({.error = Error::kBadTable, .detail = "DT_RELR begins with a bitmap"});
      return false;
    }
    return Relr(dynamic.relr) && Table("DT_RELA", dynamic.rela, module_.relative_rela) &&
           Table("DT_REL", dynamic.rel, module_.relative_rel);
  }

 private:
  using Window = typename Places<M>::Window;
  static constexpr size_t kWord = sizeof(Addr);
  static constexpr size_t kBitmapWords = 8 * kWord - 1;
  static constexpr Addr kAnywhere = ~Addr{0};
  static constexpr Addr kAllOnes = static_cast<Addr>(~Addr{0}) >> 1;

  // A value is in the image when value - low <= reach, in the address's own width: 32-bit CPUs have
  // no better. There reach stops where addresses do.
  [[nodiscard]] static Addr ReachOf(const LoadPlan& plan) {
    const uint64_t reach = plan.high - plan.low + arch::kPointerReachOf<A>;
    const uint64_t most = kAnywhere - plan.low;
    return static_cast<Addr>(reach < most ? reach : most);
  }

  // ---- DT_RELR ----

  [[nodiscard]] bool Relr(std::span<const typename L::Relr> table) {
    Window window;
    Addr next = 0;
    for (const typename L::Relr& field : table) {
      const Addr entry = field;
      if ((entry & 1) == 0) {
        window = places_.Around(entry, kWord);
        if (!RelrWord(entry)) return false;
        next = entry + kWord;
        continue;
      }
      // All of the bitmap's words in the segment of its address, or one by one.
      const uint64_t offset = next - window.begin;
      const bool inside =
          offset <= window.last && (kBitmapWords - 1) * kWord <= window.last - offset;
      if (!(inside ? RelrBitmap(entry >> 1, window, offset) : RelrWords(entry >> 1, next))) {
        return false;
      }
      next += kBitmapWords * kWord;
    }
    return true;
  }

  // Tables of pointers are bitmaps of nothing but ones. Elsewhere a few words stand together, and
  // where that ends no processor can predict: those are taken one by one.
  [[nodiscard]] bool RelrBitmap(Addr bits, const Window& window, uint64_t offset) {
    std::byte* const place = window.bytes + offset;
    const std::byte* bad = bits == kAllOnes ? RelrRun(place) : RelrSingle(bits, place);
    if (bad == nullptr) [[likely]] {
      return true;
    }
    const auto at = static_cast<uint64_t>(bad - window.bytes);
    return BadTarget("DT_RELR", window.begin + at, LoadWord<L>(bad, kWord));
  }

  // Both return the first word that is not to be stored.
  [[nodiscard]] const std::byte* RelrRun(std::byte* place) const {
    const Addr bias = module_.bias, low = low_, reach = reach_;
    static_assert((kBitmapWords - 3) % 4 == 0);
    for (const std::byte* end = place + (kBitmapWords - 3) * kWord; place != end;
         place += 4 * kWord) {
      const Addr a = Load(place), b = Load(place + kWord);
      const Addr c = Load(place + 2 * kWord), d = Load(place + 3 * kWord);
      if (a - low > reach || b - low > reach || c - low > reach || d - low > reach) [[unlikely]] {
        return RelrSingle(0xf, place);
      }
      StoreWord<L>(place, kWord, static_cast<Addr>(a + bias));
      StoreWord<L>(place + kWord, kWord, static_cast<Addr>(b + bias));
      StoreWord<L>(place + 2 * kWord, kWord, static_cast<Addr>(c + bias));
      StoreWord<L>(place + 3 * kWord, kWord, static_cast<Addr>(d + bias));
    }
    return RelrSingle(7, place);
  }
  [[nodiscard]] const std::byte* RelrSingle(Addr bits, std::byte* first) const {
    const Addr bias = module_.bias, low = low_, reach = reach_;
    for (; bits != 0; bits &= bits - 1) {
      std::byte* const place = first + kWord * static_cast<size_t>(std::countr_zero(bits));
      const Addr value = Load(place);
      if (value - low > reach) [[unlikely]] {
        return place;
      }
      StoreWord<L>(place, kWord, static_cast<Addr>(value + bias));
    }
    return nullptr;
  }
  [[nodiscard]] static Addr Load(const std::byte* place) { return LoadWord<L>(place, kWord); }

  [[nodiscard]] bool RelrWords(Addr bits, Addr vaddr) {
    for (; bits != 0; bits >>= 1, vaddr += kWord) {
      if ((bits & 1) != 0 && !RelrWord(vaddr)) return false;
    }
    return true;
  }

  // One word that holds a link-time address. Not idempotent.
  [[nodiscard]] bool RelrWord(Addr vaddr) {
    std::byte* place = places_.At(vaddr, kWord);
    if (place == nullptr) [[unlikely]] {
      return BadPlace("DT_RELR", vaddr);
    }
    const Addr value = LoadWord<L>(place, kWord);
    if (value - low_ > reach_) [[unlikely]] {
      return BadTarget("DT_RELR", vaddr, value);
    }
    StoreWord<L>(place, kWord, static_cast<Addr>(value + module_.bias));
    return true;
  }

  // ---- DT_RELA, DT_REL ----

  template <class Entry>
  [[nodiscard]] static bool IsRelative(const Entry& entry) {
    constexpr std::optional<uint32_t> kType = internal::RelativeType<A>();
    return kType.has_value() && L::TypeOf(entry.info) == *kType;
  }

  template <class Entry>
  [[nodiscard]] static Addr AddendOf(const Entry& entry, const std::byte* place) {
    if constexpr (requires { entry.addend; }) {
      return entry.addend;
    } else {
      return LoadWord<L>(place, kWord);
    }
  }

  // The leading entries that are relative; `done` is how many.
  template <class Entry>
  [[nodiscard]] bool Table(std::string_view name, std::span<const Entry> table, size_t& done) {
    for (done = 0; done < table.size();) {
      const Entry& entry = table[done];
      if (!IsRelative(entry)) return true;
      const Window window = places_.Around(entry.offset, kWord);
      if (window.bytes == nullptr) return BadPlace(name, entry.offset);
      const size_t run = ApplyRun(table.subspan(done), window);
      if (run == 0) {
        const std::byte* place = window.bytes + (entry.offset - window.begin);
        return BadTarget(name, entry.offset, AddendOf(entry, place));
      }
      done += run;
    }
    return true;
  }

  // Up to the first entry that is not relative, not in the window, or not to be stored.
  template <class Entry>
  [[nodiscard]] size_t ApplyRun(std::span<const Entry> table, const Window& window) const {
    const uint64_t begin = window.begin, last = window.last;
    const Addr bias = module_.bias, low = low_, reach = reach_;
    std::byte* const bytes = window.bytes;
    const Entry* entry = table.data();
    const Entry* const end = entry + table.size();
    for (; entry != end && IsRelative(*entry); ++entry) {
      const uint64_t offset = entry->offset - begin;
      if (offset > last) break;
      const Addr value = AddendOf(*entry, bytes + offset);
      if (value - low > reach) break;
      StoreWord<L>(bytes + offset, kWord, static_cast<Addr>(bias + value));
    }
    return static_cast<size_t>(entry - table.data());
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
  Module<A>& module_;
  Places<M> places_;
  Addr low_;
  Addr reach_;
};

template <arch::ElfArch A, WritableMemory M, Diagnostics D>
[[nodiscard]] bool RelocateRelative(D& diagnostics, M& memory, Module<A>& module,
                                    const Policy& policy) {
  return RelativeRelocator<A, M, D>(diagnostics, memory, module, policy).Run();
}

}  // namespace rtld
