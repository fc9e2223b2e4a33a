// SPDX-License-Identifier: BSD-2-Clause
//
// SelfCheck: self-relocation (link/self.h) believes its image, which is its own. So it is only run
// on images that RelocateRelative has accepted and that have nothing else in them, in copies that are
// contiguous as a running image is; and both must leave the same bytes.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "rtld_shared/fuzz/seams.h"
#include "rtld_shared/link/relative.h"
#include "rtld_shared/link/self.h"

namespace rtld::fuzz {

template <arch::ElfArch A>
class SelfCheck {
 public:
  using L = typename A::Layout;
  using Addr = typename L::Addr;

  // Whether this machine could run images of the layout. CPUs with code of their own have tables of
  // their own too, which OnlyRelative does not know: the exemplars are checked.
  static constexpr bool kNative =
      sizeof(Addr) == sizeof(uintptr_t) && L::kOrder == std::endian::native && requires {
    A::kRelative;
  };

  // `image` is mapped, and not relocated yet.
  template <class ImageType>
  static void Run(const Module<A>& module, ImageType& image, FuzzDiagnostics& diagnostics,
                  const Policy& policy) {
    if constexpr (kNative) {
      if (!OnlyRelative(module)) return;
      Contiguous ours(module.plan, image), theirs(module.plan, image);
      // Both as if they ran where the first one stands.
      Module<A> moved = module;
      moved.bias = ours.Bias();
      const size_t before = diagnostics.errors();
      const bool good = RelocateRelative<A>(diagnostics, theirs, moved, policy);
      diagnostics.Expect(good, before);
      if (!good) return;
      const std::byte* dynamic = ours.At(module.plan.dynamic.begin, module.plan.dynamic.size);
      RelocateSelf<A>(ours.Bias(), reinterpret_cast<const typename L::Dyn*>(dynamic));
      Require(ours.SameAs(theirs), "an image relocates itself as others would");
    }
  }

 private:
  class Contiguous {
   public:
    template <class ImageType>
    Contiguous(const LoadPlan& plan, ImageType& image)
        : plan_(plan), buffer_(0, static_cast<size_t>(plan.high - plan.low)) {
      for (const Segment& segment : plan.segments) {
        const size_t size = static_cast<size_t>(segment.memsz);
        std::memcpy(At(segment.vaddr, size), image.At(segment.vaddr, size), size);
      }
    }
    [[nodiscard]] Addr Bias() const {
      return static_cast<Addr>(reinterpret_cast<uintptr_t>(buffer_.data()) - plan_.low);
    }
    [[nodiscard]] std::byte* At(uint64_t vaddr, uint64_t size) const {
      if (plan_.SegmentAt(vaddr, size) == nullptr) return nullptr;
      return buffer_.data() + (vaddr - plan_.low);
    }
    [[nodiscard]] uint64_t Reach(uint64_t vaddr) const {
      const Segment* segment = plan_.SegmentAt(vaddr, 0);
      return segment == nullptr ? 0 : segment->end() - vaddr;
    }
    [[nodiscard]] bool SameAs(const Contiguous& other) const {
      return std::memcmp(buffer_.data(), other.buffer_.data(), buffer_.size()) == 0;
    }

   private:
    const LoadPlan& plan_;
    Buffer buffer_;
  };

  // Words at aligned places that no table of the relocation itself stands in, and no other types.
  [[nodiscard]] static bool OnlyRelative(const Module<A>& module) {
    const DynamicInfo<A>& dynamic = module.dynamic;
    if (!dynamic.jmprel.empty() || !dynamic.jmprela.empty()) return false;
    for (const typename L::Dyn& entry : dynamic.entries) {
      if (entry.tag == elf::kDtPltRelSz && entry.val != 0) return false;
    }
    const auto writable = [&](Addr place) {
      const Segment* segment = module.plan.SegmentAt(place, sizeof(Addr));
      return segment != nullptr && segment->writable() && place % sizeof(Addr) == 0 &&
             !module.plan.dynamic.Contains(place, 0);
    };
    if (!StartsWithAddress<L>(dynamic.relr) || !ForEachRelr<L>(dynamic.relr, writable))
      return false;
    return AllRelative(dynamic.rela, writable) && AllRelative(dynamic.rel, writable) &&
           ReadOnly(module, dynamic.relr) && ReadOnly(module, dynamic.rela) &&
           ReadOnly(module, dynamic.rel);
  }

  template <class Entry, class Writable>
  [[nodiscard]] static bool AllRelative(std::span<const Entry> table, Writable&& writable) {
    for (const Entry& entry : table) {
      if (L::TypeOf(entry.info) != A::kRelative || !writable(entry.offset)) return false;
    }
    return true;
  }

  // Whether the table lies in a segment that is not written while it is read.
  template <class Entry>
  [[nodiscard]] static bool ReadOnly(const Module<A>& module, std::span<const Entry> table) {
    if (table.empty()) return true;
    for (const typename L::Dyn& entry : module.dynamic.entries) {
      const bool names =
          entry.tag == elf::kDtRela || entry.tag == elf::kDtRel || entry.tag == elf::kDtRelr;
      const Segment* segment = module.plan.SegmentAt(entry.val, 0);
      if (names && (segment == nullptr || segment->writable())) return false;
    }
    return true;
  }
};

}  // namespace rtld::fuzz
