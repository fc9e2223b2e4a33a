// SPDX-License-Identifier: BSD-2-Clause
//
// VersionIndex: which versions an image defines, found by their names. Few are looked through; many,
// as hardly any honest image has, are sorted by hash, once, so that as many others may want as many
// of them.
//
// Owns nothing by itself: whoever has the arena calls Clear before the index goes. Versions of the
// images must stay as they are until then.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/link/heap_sort.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/pointer_index.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

template <arch::ElfArch A>
class VersionIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  // Indices of versions, needed ones included.
  static constexpr size_t kFew = 64;
  // Names that one is compared with: honest versions hardly ever have one hash.
  static constexpr uint32_t kMost = 16;

  // Those of one image.
  class Defined {
   public:
    // The first one of that name, or kNone.
    [[nodiscard]] uint32_t Find(const Version& wanted) const {
      uint32_t compared = 0;
      for (size_t i = sorted_ ? FirstOf(wanted.hash) : 0; i < size(); ++i) {
        const uint32_t index = sorted_ ? by_hash_[i] : static_cast<uint32_t>(i);
        const Version& version = versions_[index];
        if (version.hash != wanted.hash) {
          if (sorted_) break;
          continue;
        }
        if (version.kind != Version::Kind::kDefined) continue;
        if (compared++ == kMost) break;
        if (version.name == wanted.name) return index;
      }
      return kNone;
    }

    // Calls visit(version) for each, in the order of their indices, until it returns false.
    template <class Visit>
    void ForEach(Visit&& visit) const {
      for (size_t i = 0; i < size(); ++i) {
        const Version& version = versions_[sorted_ ? by_index_[i] : i];
        if (version.kind == Version::Kind::kDefined && !visit(version)) return;
      }
    }

    [[nodiscard]] bool any() const {
      bool found = false;
      ForEach([&](const Version&) { return found = true, false; });
      return found;
    }

   private:
    friend VersionIndex;

    [[nodiscard]] size_t size() const { return sorted_ ? by_hash_.size() : versions_.size(); }
    [[nodiscard]] size_t FirstOf(uint32_t hash) const {
      size_t begin = 0;
      for (size_t end = by_hash_.size(); begin != end;) {
        const size_t middle = begin + (end - begin) / 2;
        if (versions_[by_hash_[middle]].hash < hash) {
          begin = middle + 1;
        } else {
          end = middle;
        }
      }
      return begin;
    }

    std::span<const Version> versions_;
    std::span<const uint16_t> by_index_, by_hash_;
    bool sorted_ = false;
  };

  // False: no memory.
  template <Arena R>
  [[nodiscard]] bool Get(R& arena, const Module<A>& image, Defined& defined) {
    defined = {};
    defined.versions_ = image.versions;
    if (image.versions.size() <= kFew) return true;
    uint32_t number = numbers_.Find(&image);
    if (number == PointerIndex::kNone && !Sort(arena, image, number)) return false;
    const std::span<const uint16_t> both = sorted_[number];
    defined.by_index_ = both.first(both.size() / 2);
    defined.by_hash_ = both.subspan(both.size() / 2);
    defined.sorted_ = true;
    return true;
  }

  template <Arena R>
  void Clear(R& arena) {
    for (std::span<uint16_t>& both : sorted_) FreeArray(arena, both);
    sorted_.Clear(arena);
    numbers_.Clear(arena);
  }

 private:
  template <Arena R>
  [[nodiscard]] bool Sort(R& arena, const Module<A>& image, uint32_t& number) {
    const Versions versions = image.versions;
    size_t count = 0;
    for (const Version& version : versions) count += version.kind == Version::Kind::kDefined;
    number = static_cast<uint32_t>(sorted_.size());
    if (!numbers_.Reserve(arena, numbers_.size() + 1) || !sorted_.Add(arena, {})) return false;
    // As they stand, and again by hash.
    std::span<uint16_t> both = AllocateArray<uint16_t>(arena, 2 * count);
    if (both.empty() && count != 0) {
      sorted_.Shrink(number);
      return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < versions.size(); ++i) {
      if (versions[i].kind != Version::Kind::kDefined) continue;
      both[at] = both[count + at] = static_cast<uint16_t>(i);
      ++at;
    }
    internal::HeapSort(both.subspan(count), [versions](uint16_t a, uint16_t b) {
      const uint32_t one = versions[a].hash, other = versions[b].hash;
      return one != other ? one < other : a < b;
    });
    sorted_[number] = both;
    return numbers_.Add(arena, &image, number);  // there is room for it
  }

  PointerIndex numbers_;  // of images, in sorted_
  List<std::span<uint16_t>> sorted_;
};

}  // namespace rtld
