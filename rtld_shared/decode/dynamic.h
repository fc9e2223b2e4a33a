// SPDX-License-Identifier: BSD-2-Clause
//
// The dynamic section (gABI chapter 5) as checked views: after Decode every table span is inside
// the image and aligned, entry sizes are ours, and DT_STRTAB ends with NUL. Names of files are
// neither empty nor longer than kLongestName. Tables of unstated size end with the bytes that their
// segment has in the file: what is behind them (bss) costs nothing to ask for.
//
// Decode works alike on a file (FileMemory) and on a mapped image; the views point into whichever
// it was given. It allocates nothing and changes only `out`, which is unspecified after a failure.
// Refusals that depend on the client (text relocations) are made here too, where the tag is seen.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/hash.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/decode/symtab.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/memory.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

// Without processor-specific tags the module record has an empty member.
struct NoDynamicTags {};
template <class A>
struct DynamicTagsOf {
  using Type = NoDynamicTags;
};
template <arch::HasDynamicTags A>
struct DynamicTagsOf<A> {
  using Type = typename A::DynamicTags;
};

template <arch::ElfArch A>
struct DynamicInfo {
  using L = typename A::Layout;

  std::span<const typename L::Dyn> entries;  // up to DT_NULL, which is not among them
  StringTable strings;
  std::span<const typename L::Sym> symbols;  // to the segment's end in the file, see symtab.h
  std::span<const typename L::Half> versym;  // likewise
  GnuHashTable<L> gnu_hash;
  SysvHashTable<L> sysv_hash;

  std::span<const typename L::Rel> rel, jmprel;
  std::span<const typename L::Rela> rela, jmprela;
  std::span<const typename L::Relr> relr;

  uint64_t verdef = 0, verdef_count = 0;    // link-time addresses
  uint64_t verneed = 0, verneed_count = 0;  // read with decode/version.h

  uint64_t init = 0, fini = 0;  // link-time addresses, 0 = none
  Range init_array, fini_array, preinit_array;
  uint64_t plt_got = 0;
  uint64_t flags = 0, flags_1 = 0;
  std::string_view soname;  // empty = none
  std::string_view rpath, runpath;
  bool has_soname = false;
  bool symbolic = false;          // DT_SYMBOLIC or DF_SYMBOLIC
  bool text_relocations = false;  // DT_TEXTREL or DF_TEXTREL: all segments have places
  [[no_unique_address]] typename DynamicTagsOf<A>::Type arch_tags;

  // Calls visit(soname) for each DT_NEEDED in order, until it returns false.
  template <class Visit>
  bool ForEachNeeded(Visit&& visit) const {
    for (const typename L::Dyn& entry : entries) {
      if (entry.tag == elf::kDtNeeded && !visit(strings.At(entry.val, kLongestName))) {
        return false;
      }
    }
    return true;
  }

  // How many dynamic symbols there are, from the hash tables; 0 when neither tells.
  [[nodiscard]] uint32_t SymbolCount() const {
    uint32_t count = sysv_hash.present() ? sysv_hash.SymbolCount() : 0;
    if (count == 0 && gnu_hash.present()) count = gnu_hash.SymbolCount();
    return count <= symbols.size() ? count : static_cast<uint32_t>(symbols.size());
  }
};

// One decoding run; a class only so that its steps share what they work on.
template <arch::ElfArch A, ReadableMemory M, Diagnostics D>
class DynamicDecoder {
 public:
  using L = typename A::Layout;

  DynamicDecoder(D& diagnostics, M& memory, const LoadPlan& plan, const Policy& policy,
                 DynamicInfo<A>& out)
      : diagnostics_(diagnostics), memory_(memory), plan_(plan), policy_(policy), out_(out) {}

  [[nodiscard]] bool Run() {
    if (plan_.dynamic.empty()) {
      diagnostics_.Error({.error = Error::kNoDynamic});
      return false;
    }
    return ReadEntries(plan_.dynamic) && CheckSizes() && ViewStrings() && ViewSymbols() &&
           ViewRelocations() && ViewHashes() && ReadNames();
  }

 private:
  using Dyn = typename L::Dyn;

  // Tags whose value is kept until the tables they belong to are viewed.
  struct Values {
    uint64_t strtab = 0, strsz = 0, symtab = 0, syment = sizeof(typename L::Sym);
    uint64_t rela = 0, relasz = 0, relaent = sizeof(typename L::Rela);
    uint64_t rel = 0, relsz = 0, relent = sizeof(typename L::Rel);
    uint64_t relr = 0, relrsz = 0, relrent = sizeof(typename L::Relr);
    uint64_t jmprel = 0, pltrelsz = 0, pltrel = 0;
    uint64_t hash = 0, gnu_hash = 0, versym = 0;
    uint64_t soname = 0, rpath = 0, runpath = 0;
    bool has_strtab = false, has_symtab = false, has_rpath = false, has_runpath = false;
  };

  [[nodiscard]] bool ReadEntries(const Range& range) {
    std::span<const Dyn> all;
    const uint64_t size = range.size / sizeof(Dyn) * sizeof(Dyn);
    if (!ViewTable(memory_, range.begin, size, all)) {
      return BadTable("PT_DYNAMIC", range.begin, range.size);
    }
    size_t count = 0;
    while (count < all.size() && all[count].tag != elf::kDtNull) ++count;
    if (count == all.size()) return BadTag("DT_NULL", 0);
    out_.entries = all.first(count);
    for (const Dyn& entry : out_.entries) {
      if (!Take(entry.tag, entry.val)) return false;
    }
    return true;
  }

  [[nodiscard]] bool Take(uint64_t tag, uint64_t value) {
    return TakeTable(tag, value) || TakeScalar(tag, value) || TakeOther(tag, value);
  }

  [[nodiscard]] bool TakeTable(uint64_t tag, uint64_t value) {
    switch (tag) {
      case elf::kDtStrTab:
        v_.has_strtab = true;
        return Set(v_.strtab, value);
      case elf::kDtStrSz:
        return Set(v_.strsz, value);
      case elf::kDtSymTab:
        v_.has_symtab = true;
        return Set(v_.symtab, value);
      case elf::kDtSymEnt:
        return Set(v_.syment, value);
      case elf::kDtRela:
        return Set(v_.rela, value);
      case elf::kDtRelaSz:
        return Set(v_.relasz, value);
      case elf::kDtRelaEnt:
        return Set(v_.relaent, value);
      case elf::kDtRel:
        return Set(v_.rel, value);
      case elf::kDtRelSz:
        return Set(v_.relsz, value);
      case elf::kDtRelEnt:
        return Set(v_.relent, value);
      case elf::kDtRelr:
        return Set(v_.relr, value);
      case elf::kDtRelrSz:
        return Set(v_.relrsz, value);
      case elf::kDtRelrEnt:
        return Set(v_.relrent, value);
      case elf::kDtJmpRel:
        return Set(v_.jmprel, value);
      case elf::kDtPltRelSz:
        return Set(v_.pltrelsz, value);
      case elf::kDtPltRel:
        return Set(v_.pltrel, value);
      case elf::kDtHash:
        return Set(v_.hash, value);
      case elf::kDtGnuHash:
        return Set(v_.gnu_hash, value);
      case elf::kDtVerSym:
        return Set(v_.versym, value);
      default:
        return false;
    }
  }

  [[nodiscard]] bool TakeScalar(uint64_t tag, uint64_t value) {
    switch (tag) {
      case elf::kDtVerDef:
        return Set(out_.verdef, value);
      case elf::kDtVerDefNum:
        return Set(out_.verdef_count, value);
      case elf::kDtVerNeed:
        return Set(out_.verneed, value);
      case elf::kDtVerNeedNum:
        return Set(out_.verneed_count, value);
      case elf::kDtInit:
        return Set(out_.init, value);
      case elf::kDtFini:
        return Set(out_.fini, value);
      case elf::kDtInitArray:
        return Set(out_.init_array.begin, value);
      case elf::kDtInitArraySz:
        return Set(out_.init_array.size, value);
      case elf::kDtFiniArray:
        return Set(out_.fini_array.begin, value);
      case elf::kDtFiniArraySz:
        return Set(out_.fini_array.size, value);
      case elf::kDtPreinitArray:
        return Set(out_.preinit_array.begin, value);
      case elf::kDtPreinitArraySz:
        return Set(out_.preinit_array.size, value);
      case elf::kDtPltGot:
        return Set(out_.plt_got, value);
      case elf::kDtSoname:
        out_.has_soname = true;
        return Set(v_.soname, value);
      case elf::kDtRpath:
        v_.has_rpath = true;
        return Set(v_.rpath, value);
      case elf::kDtRunPath:
        v_.has_runpath = true;
        return Set(v_.runpath, value);
      case elf::kDtFlags1:
        return Set(out_.flags_1, value);
      default:
        return false;
    }
  }

  // The tags with a meaning of their own, and those we need not know. Unknown ones below DT_LOOS
  // belong to the generic ABI: the author is told that nobody acts on them.
  // False: it was reported.
  [[nodiscard]] bool TakeOther(uint64_t tag, uint64_t value) {
    switch (tag) {
      case elf::kDtTextRel:
        out_.text_relocations = true;
        return true;
      case elf::kDtFlags:
        out_.flags = value;
        if ((value & elf::kDfTextRel) != 0) out_.text_relocations = true;
        if ((value & elf::kDfSymbolic) != 0) out_.symbolic = true;
        return true;
      case elf::kDtSymbolic:
        out_.symbolic = true;
        return true;
      case elf::kDtNeeded:
      case elf::kDtDebug:
      case elf::kDtBindNow:
      case elf::kDtSymTabShndx:
        return true;
      // Passed over, they would leave their words as they are, unseen.
      case elf::kDtAndroidRel:
        return Unsupported("DT_ANDROID_REL, relocations in Android's packed form");
      case elf::kDtAndroidRela:
        return Unsupported("DT_ANDROID_RELA, relocations in Android's packed form");
      case elf::kDtAndroidRelr:
        return Unsupported("DT_ANDROID_RELR, of Android before DT_RELR");
      default:
        break;
    }
    if constexpr (arch::HasDynamicTags<A>) {
      if (tag >= elf::kDtLoProc && tag <= elf::kDtHiProc) {
        A::OnDynamicTag(out_.arch_tags, tag, value);
        return true;
      }
    }
    if (tag < elf::kDtLoOs) {
      diagnostics_.Warning({.error = Error::kIgnoredTag, .detail = "unknown tag", .value = tag});
    }
    return true;
  }

  [[nodiscard]] bool CheckSizes() {
    if (out_.text_relocations && !policy_.allow_text_relocations) {
      diagnostics_.Error({.error = Error::kTextRelocations});
      return false;
    }
    if (v_.syment != sizeof(typename L::Sym)) return BadTag("DT_SYMENT", v_.syment);
    if (v_.relaent != sizeof(typename L::Rela)) return BadTag("DT_RELAENT", v_.relaent);
    if (v_.relent != sizeof(typename L::Rel)) return BadTag("DT_RELENT", v_.relent);
    if (v_.relrent != sizeof(typename L::Relr)) return BadTag("DT_RELRENT", v_.relrent);
    if (v_.pltrelsz != 0 && v_.pltrel != elf::kDtRela && v_.pltrel != elf::kDtRel) {
      return BadTag("DT_PLTREL", v_.pltrel);
    }
    return CheckArray("DT_INIT_ARRAYSZ", out_.init_array) &&
           CheckArray("DT_FINI_ARRAYSZ", out_.fini_array) &&
           CheckArray("DT_PREINIT_ARRAYSZ", out_.preinit_array);
  }

  [[nodiscard]] bool CheckArray(std::string_view tag, const Range& array) {
    std::span<const typename L::AddrField> view;
    if (ViewTable(memory_, array.begin, array.size, view)) return true;
    return BadTag(tag, array.size);
  }

  [[nodiscard]] bool ViewStrings() {
    std::span<const char> bytes;
    if (!v_.has_strtab) return BadTag("DT_STRTAB", 0);
    if (v_.strsz == 0 || !ViewTable(memory_, v_.strtab, v_.strsz, bytes)) {
      return BadTable("DT_STRTAB", v_.strtab, v_.strsz);
    }
    if (bytes.back() != '\0') return BadTable("DT_STRTAB without a NUL", v_.strtab, v_.strsz);
    out_.strings = StringTable(bytes);
    return true;
  }

  [[nodiscard]] bool ViewSymbols() {
    if (!v_.has_symtab) return BadTag("DT_SYMTAB", 0);
    if (!ViewToFileEnd(v_.symtab, out_.symbols)) return BadTable("DT_SYMTAB", v_.symtab, 0);
    if (v_.versym != 0 && !ViewToFileEnd(v_.versym, out_.versym)) {
      return BadTable("DT_VERSYM", v_.versym, 0);
    }
    return true;
  }

  [[nodiscard]] bool ViewRelocations() {
    if (!TrimOverlap()) return false;
    if (!ViewTable(memory_, v_.rela, v_.relasz, out_.rela)) {
      return BadTable("DT_RELA", v_.rela, v_.relasz);
    }
    if (!ViewTable(memory_, v_.rel, v_.relsz, out_.rel)) {
      return BadTable("DT_REL", v_.rel, v_.relsz);
    }
    if (!ViewTable(memory_, v_.relr, v_.relrsz, out_.relr)) {
      return BadTable("DT_RELR", v_.relr, v_.relrsz);
    }
    const bool viewed = v_.pltrel == elf::kDtRela
                            ? ViewTable(memory_, v_.jmprel, v_.pltrelsz, out_.jmprela)
                            : ViewTable(memory_, v_.jmprel, v_.pltrelsz, out_.jmprel);
    return viewed || BadTable("DT_JMPREL", v_.jmprel, v_.pltrelsz);
  }

  // The gABI lets DT_RELSZ include the DT_JMPREL entries, and a link script that gathers both in one
  // section makes DT_JMPREL span them all. REL entries applied twice would add twice, so what both
  // name is taken once: as DT_JMPREL's if an end of the other table is left, else as that table's.
  [[nodiscard]] bool TrimOverlap() {
    const bool addends = v_.pltrel == elf::kDtRela;
    uint64_t& table = addends ? v_.rela : v_.rel;
    uint64_t& size = addends ? v_.relasz : v_.relsz;
    const uint64_t entry = addends ? sizeof(typename L::Rela) : sizeof(typename L::Rel);
    const uint64_t end = table + size;
    const uint64_t plt_end = v_.jmprel + v_.pltrelsz;
    if (end < table || plt_end < v_.jmprel) return true;  // viewing them says so
    const uint64_t low = table > v_.jmprel ? table : v_.jmprel;
    const uint64_t high = end < plt_end ? end : plt_end;
    if (low >= high) return true;
    if ((low - table) % entry != 0 || (high - low) % entry != 0) {
      return BadTable("DT_JMPREL across other entries", v_.jmprel, v_.pltrelsz);
    }
    if (low != table && high != end) {
      v_.pltrelsz = 0;
      return true;
    }
    if (low == table) table = high;
    size -= high - low;
    return true;
  }

  [[nodiscard]] bool ViewHashes() {
    arch::TranslatedHash gnu_hash = {.table = v_.gnu_hash};
    if constexpr (arch::HasTranslatedHash<A>) gnu_hash = A::HashOf(out_.arch_tags);
    std::span<const typename L::Word> gnu;
    if (gnu_hash.table != 0 &&
        (!ViewToFileEnd(gnu_hash.table, gnu) || !out_.gnu_hash.Parse(gnu, gnu_hash.symbols))) {
      return BadTable(gnu_hash.name, gnu_hash.table, 0);
    }
    std::span<const typename L::HashWord> sysv;
    if (v_.hash == 0 || (ViewToFileEnd(v_.hash, sysv) && out_.sysv_hash.Parse(sysv))) return true;
    // lld writes words of four bytes for CPUs that have them of eight, too; nobody needs that table
    // beside the other one.
    constexpr bool kWide = sizeof(typename L::HashWord) != sizeof(typename L::Word);
    return (kWide && out_.gnu_hash.present()) || BadTable("DT_HASH", v_.hash, 0);
  }

  // A table of unstated size: every whole T from vaddr to where its segment's bytes of the file end.
  template <class T>
  [[nodiscard]] bool ViewToFileEnd(uint64_t vaddr, std::span<const T>& out) {
    const Segment* segment = plan_.SegmentAt(vaddr, 1);
    if (segment == nullptr || vaddr - segment->vaddr >= segment->filesz) return false;
    const uint64_t bytes = segment->filesz - (vaddr - segment->vaddr);
    return bytes >= sizeof(T) && ViewTable(memory_, vaddr, bytes / sizeof(T) * sizeof(T), out);
  }

  [[nodiscard]] bool ReadNames() {
    for (const Dyn& entry : out_.entries) {
      if (entry.tag == elf::kDtNeeded && out_.strings.At(entry.val, kLongestName).empty()) {
        return BadString("DT_NEEDED", entry.val);
      }
    }
    if (out_.has_soname) {
      out_.soname = out_.strings.At(v_.soname, kLongestName);
      if (out_.soname.empty()) return BadString("DT_SONAME", v_.soname);
    }
    if (v_.has_rpath && !ReadPath("DT_RPATH", v_.rpath, out_.rpath)) return false;
    return !v_.has_runpath || ReadPath("DT_RUNPATH", v_.runpath, out_.runpath);
  }

  [[nodiscard]] bool ReadPath(std::string_view tag, uint64_t offset, std::string_view& out) {
    if (!out_.strings.Valid(offset)) return BadString(tag, offset);
    out = out_.strings.At(offset);
    if (!policy_.allow_run_path) {
      diagnostics_.Warning({.error = Error::kIgnoredTag, .detail = tag});
    }
    return true;
  }

  [[nodiscard]] static bool Set(uint64_t& where, uint64_t value) {
    where = value;
    return true;
  }
  bool BadTable(std::string_view table, uint64_t place, uint64_t size) {
    diagnostics_.Error({.error = Error::kBadTable,
                        .has_place = true,
                        .detail = table,
                        .place = place,
                        .value = size});
    return false;
  }
  bool Unsupported(std::string_view feature) {
    diagnostics_.Error({.error = Error::kUnsupported, .detail = feature});
    return false;
  }
  bool BadTag(std::string_view tag, uint64_t value) {
    diagnostics_.Error({.error = Error::kBadDynamic, .detail = tag, .value = value});
    return false;
  }
  bool BadString(std::string_view whose, uint64_t offset) {
    diagnostics_.Error({.error = Error::kBadString, .detail = whose, .value = offset});
    return false;
  }

  D& diagnostics_;
  M& memory_;
  const LoadPlan& plan_;
  const Policy& policy_;
  DynamicInfo<A>& out_;
  Values v_;
};

template <arch::ElfArch A, ReadableMemory M, Diagnostics D>
[[nodiscard]] bool Decode(D& diagnostics, M& memory, const LoadPlan& plan, const Policy& policy,
                          DynamicInfo<A>& out) {
  out = {};
  return DynamicDecoder<A, M, D>(diagnostics, memory, plan, policy, out).Run();
}

}  // namespace rtld
