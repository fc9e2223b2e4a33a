// SPDX-License-Identifier: BSD-2-Clause
//
// Symbol versions (LSB core, "Symbol Versioning"): DT_VERSYM gives each symbol an index, DT_VERDEF
// names the indices an image defines, DT_VERNEED those it wants and from which file.
//
// ReadVersions turns both lists into one array by index, the form in which lookup uses them. All
// names are checked to be in the string table and all hashes to be those of their names (lookup
// compares hashes first). There are no more entries than indices, and no name is longer than
// kLongestName, so that a hostile image costs no more than a large one: its entries may all name one
// string. Memory for the array is the only allocation; FreeArray gives it back.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

struct Version {
  enum class Kind : uint8_t { kNone, kDefined, kNeeded };

  std::string_view name;
  std::string_view file;  // kNeeded: the soname it is wanted from
  uint32_t hash = 0;      // SysvHash(name)
  Kind kind = Kind::kNone;
  bool base = false;  // kDefined: VER_FLG_BASE, names the image itself and no interface
  bool weak = false;  // kNeeded: VER_FLG_WEAK, its absence is no error
};

// The array, indexed by what DT_VERSYM says (without its hidden bit).
using Versions = std::span<Version>;

template <arch::ElfArch A, ReadableMemory M, Diagnostics D>
class VersionReader {
 public:
  using L = typename A::Layout;

  VersionReader(D& diagnostics, M& memory, const DynamicInfo<A>& info)
      : diagnostics_(diagnostics), memory_(memory), info_(info) {}

  // Calls take(index, version) for each entry of both lists; false after a report.
  template <class Take>
  [[nodiscard]] bool Walk(Take&& take) {
    entries_left_ = kMostEntries;
    return WalkDefined(take) && WalkNeeded(take);
  }

  bool Bad(std::string_view why, uint64_t value) {
    diagnostics_.Error({.error = Error::kBadVersion, .detail = why, .value = value});
    return false;
  }

 private:
  // Each version has an index of 15 bits of its own, and each file some version.
  static constexpr uint32_t kMostEntries = elf::kVersymIndex;

  [[nodiscard]] bool TakeEntry() {
    return entries_left_-- != 0 || Bad("there are more versions than indices", kMostEntries);
  }

  // Every `next` offset goes forward by at least an entry inside one segment, so walks end.
  [[nodiscard]] static bool Step(uint64_t& at, uint32_t next, size_t entry) {
    return next >= entry && !__builtin_add_overflow(at, uint64_t{next}, &at);
  }

  [[nodiscard]] bool Name(uint32_t offset, uint32_t hash, Version& version) {
    version.name = info_.strings.At(offset, kLongestName);
    version.hash = hash;
    if (version.name.empty()) return Bad(WhyNoName(offset), offset);
    if (SysvHash(version.name) != hash) return Bad("a version's hash is not its name's", hash);
    return true;
  }

  [[nodiscard]] std::string_view WhyNoName(uint32_t offset) const {
    return info_.strings.Valid(offset) ? "a version's name is empty or too long"
                                       : "a version's name is outside DT_STRTAB";
  }

  template <class Take>
  [[nodiscard]] bool WalkDefined(Take& take) {
    using Verdef = typename L::Verdef;
    using Verdaux = typename L::Verdaux;
    uint64_t at = info_.verdef;
    for (uint64_t i = 0; i < info_.verdef_count; ++i) {
      if (!TakeEntry()) return false;
      const Verdef* entry = ViewOne<Verdef>(memory_, at);
      if (entry == nullptr) return Bad("a DT_VERDEF entry is outside the image", at);
      if (entry->version != elf::kVerDefCurrent) return Bad("vd_version", entry->version);
      const uint64_t aux_at = at + entry->aux;
      const Verdaux* aux = aux_at < at ? nullptr : ViewOne<Verdaux>(memory_, aux_at);
      if (aux == nullptr) return Bad("a DT_VERDEF name is outside the image", at);
      Version version = {.kind = Version::Kind::kDefined,
                         .base = (entry->flags & elf::kVerFlgBase) != 0};
      if (!Name(aux->name, entry->hash, version)) return false;
      if (!take(entry->ndx & elf::kVersymIndex, version)) return false;
      if (i + 1 == info_.verdef_count) break;
      if (!Step(at, entry->next, sizeof(Verdef))) return Bad("vd_next", entry->next);
    }
    return true;
  }

  template <class Take>
  [[nodiscard]] bool WalkNeeded(Take& take) {
    using Verneed = typename L::Verneed;
    uint64_t at = info_.verneed;
    // The versions of different files have no bytes in common, so no more are read than fit; hostile
    // files may all share one long chain.
    uint64_t room = memory_.Reach(at) / sizeof(typename L::Vernaux);
    for (uint64_t i = 0; i < info_.verneed_count; ++i) {
      if (i == kMostEntries) return Bad("DT_VERNEED has more files than indices", kMostEntries);
      const Verneed* entry = ViewOne<Verneed>(memory_, at);
      if (entry == nullptr) return Bad("a DT_VERNEED entry is outside the image", at);
      if (entry->version != elf::kVerNeedCurrent) return Bad("vn_version", entry->version);
      const std::string_view file = info_.strings.At(entry->file, kLongestName);
      if (file.empty()) return Bad("DT_VERNEED has a bad file name", entry->file);
      if (!WalkNeededOf(at, *entry, file, room, take)) return false;
      if (i + 1 == info_.verneed_count) break;
      if (!Step(at, entry->next, sizeof(Verneed))) return Bad("vn_next", entry->next);
    }
    return true;
  }

  template <class Take>
  [[nodiscard]] bool WalkNeededOf(uint64_t need_at, const typename L::Verneed& need,
                                  std::string_view file, uint64_t& room, Take& take) {
    using Vernaux = typename L::Vernaux;
    uint64_t at = need_at;
    if (__builtin_add_overflow(at, uint64_t{need.aux.get()}, &at)) {
      return Bad("vn_aux", need.aux);
    }
    for (uint32_t i = 0; i < need.cnt; ++i) {
      if (room-- == 0) return Bad("DT_VERNEED has more versions than room for them", need.cnt);
      if (!TakeEntry()) return false;
      const Vernaux* aux = ViewOne<Vernaux>(memory_, at);
      if (aux == nullptr) return Bad("a DT_VERNEED version is outside the image", at);
      Version version = {.file = file,
                         .kind = Version::Kind::kNeeded,
                         .weak = (aux->flags & elf::kVerFlgWeak) != 0};
      if (!Name(aux->name, aux->hash, version)) return false;
      if (!take(aux->other & elf::kVersymIndex, version)) return false;
      if (i + 1u == need.cnt) break;
      if (!Step(at, aux->next, sizeof(Vernaux))) return Bad("vna_next", aux->next);
    }
    return true;
  }

  D& diagnostics_;
  M& memory_;
  const DynamicInfo<A>& info_;
  uint32_t entries_left_ = 0;
};

// Fills `out`, which must be empty; it stays empty when the image has no versions or on failure.
template <arch::ElfArch A, ReadableMemory M, Diagnostics D, Arena R>
[[nodiscard]] bool ReadVersions(D& diagnostics, R& arena, M& memory, const DynamicInfo<A>& info,
                                Versions& out) {
  VersionReader<A, M, D> reader(diagnostics, memory, info);
  size_t size = 0;
  if (!reader.Walk([&](uint32_t index, const Version&) {
        if (index + 1 > size) size = index + 1;
        return true;
      })) {
    return false;
  }
  if (size == 0) return true;
  Versions versions = AllocateArray<Version>(arena, size);
  if (versions.empty()) {
    diagnostics.Error({.error = Error::kNoMemory, .detail = "symbol versions"});
    return false;
  }
  const bool walked = reader.Walk([&](uint32_t index, const Version& version) {
    // Indices 0 and 1 are local and global; only the base definition may have one of them.
    if (index == elf::kVerNdxLocal ||
        (index == elf::kVerNdxGlobal && !version.base && version.kind == Version::Kind::kNeeded)) {
      return reader.Bad("a version has a reserved index", index);
    }
    if (versions[index].kind != Version::Kind::kNone) {
      return reader.Bad("two versions have one index", index);
    }
    versions[index] = version;
    return true;
  });
  if (!walked) {
    FreeArray(arena, versions);
    return false;
  }
  out = versions;
  return true;
}

}  // namespace rtld
