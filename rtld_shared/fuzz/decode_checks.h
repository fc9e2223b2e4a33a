// SPDX-License-Identifier: BSD-2-Clause
//
// DecodeChecks: what must hold of what each decoder makes of any bytes. Views lie inside the buffers
// (each byte of them is read), work is bounded, and what a decoder promises those who call it is so.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/ehdr.h"
#include "rtld_shared/decode/hash.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/decode/note.h"
#include "rtld_shared/decode/relr.h"
#include "rtld_shared/decode/symtab.h"
#include "rtld_shared/decode/tls.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/fuzz/input.h"
#include "rtld_shared/fuzz/seams.h"

namespace rtld::fuzz {

enum class Decoder : uint8_t {
  kEhdr,
  kLoadPlan,
  kDynamic,
  kSymtab,
  kGnuHash,
  kSysvHash,
  kRelr,
  kVersion,
  kNote,
  kTls,
  kView,
};
inline constexpr unsigned kDecoders = 11;

template <arch::ElfArch ArchType>
class DecodeChecks {
 public:
  using A = ArchType;
  using L = typename A::Layout;
  using Addr = typename L::Addr;
  static constexpr uint64_t kPage = 0x1000;

  DecodeChecks(const Input& input, Meter& meter, FuzzDiagnostics& diagnostics, FuzzArena& arena,
               const Policy& policy)
      : input_(input), meter_(meter), diagnostics_(diagnostics), arena_(arena), policy_(policy) {}

  // Counts the run; each decoder's work is measured by itself.
  void Ran(Decoder decoder) {
    ran_[static_cast<size_t>(decoder)] = true;
    meter_ = Meter(input_.first.size());
  }
  [[nodiscard]] bool ran(Decoder decoder) const { return ran_[static_cast<size_t>(decoder)]; }

  // Reads all of a view: it must be ours to read.
  template <class T>
  void Touch(std::span<const T> view) {
    Require(reinterpret_cast<uintptr_t>(view.data()) % alignof(T) == 0, "views are aligned");
    const auto* bytes = reinterpret_cast<const uint8_t*>(view.data());
    uint32_t sum = 0;
    for (size_t i = 0; i < view.size_bytes(); ++i) sum += bytes[i];
    sum_ = sum_ + sum;
  }
  void Touch(std::string_view text) { Touch(std::span<const char>(text)); }

  // The promises on the first page of load_plan.h.
  void CheckPlan(const LoadPlan& plan, uint64_t file_size) {
    constexpr uint64_t kTop = static_cast<Addr>(~uint64_t{0});
    uint64_t end = 0;
    for (const Segment& segment : plan.segments) {
      Require(segment.memsz != 0 && segment.filesz <= segment.memsz, "segments have bytes");
      Require(segment.vaddr <= kTop && segment.memsz <= kTop - segment.vaddr, "none wraps");
      Require(segment.offset <= file_size && segment.filesz <= file_size - segment.offset,
              "segments lie in the file");
      Require(
          segment.filesz == 0 ? segment.offset == 0 : (segment.vaddr - segment.offset) % kPage == 0,
          "address and offset are congruent");
      Require(segment.vaddr / kPage * kPage >= end, "segments ascend and share no page");
      Require(policy_.allow_writable_code ||
                  (policy_.allow_writable_plt && arch::kHasWritablePlt<A>) || !segment.writable() ||
                  !segment.executable(),
              "no segment is writable and executable");
      end = segment.end();
      Require(segment.vaddr >= plan.low && end <= plan.high, "segments lie between low and high");
      end = (end + kPage - 1) / kPage * kPage;
    }
    Require(plan.low % kPage == 0 && plan.high == end && plan.high <= kTop,
            "low and high are pages");
    Require(IsPowerOfTwo(plan.align) && plan.align >= kPage, "the alignment is a power of two");
    Require(
        plan.dynamic.empty() || plan.SegmentAt(plan.dynamic.begin, plan.dynamic.size) != nullptr,
        "the dynamic section lies in a segment");
    Require(plan.relro.empty() || (plan.relro.begin % kPage == 0 && plan.relro.size % kPage == 0 &&
                                   plan.relro.begin >= plan.low && plan.relro.end() <= plan.high),
            "RELRO is whole pages of the image");
    const TlsSegment& tls = plan.tls;
    Require(
        !tls.present() || (IsPowerOfTwo(tls.align) && tls.filesz <= tls.memsz &&
                           (tls.filesz == 0 || plan.SegmentAt(tls.vaddr, tls.filesz) != nullptr)),
        "the TLS image lies in a segment");
  }

  void CheckDynamic(const DynamicInfo<A>& info) {
    Touch(info.entries);
    Touch(info.symbols);
    Touch(info.versym);
    Touch(info.rel);
    Touch(info.rela);
    Touch(info.jmprel);
    Touch(info.jmprela);
    Touch(info.relr);
    Touch(info.soname);
    Touch(info.rpath);
    Touch(info.runpath);
    Require(!info.symbols.empty() && info.strings.size() != 0, "an image has symbols and strings");
    Require(!info.has_soname || (!info.soname.empty() && info.soname.size() <= kLongestName),
            "a soname is not empty or long");
    Require(info.SymbolCount() <= info.symbols.size(), "symbols that are counted are there");
    size_t needed = 0;
    info.ForEachNeeded([&](std::string_view name) {
      Touch(name);
      Require(!name.empty() && name.size() <= kLongestName, "a needed name is not empty or long");
      return ++needed < 100;
    });
  }

  void Symbols(const DynamicInfo<A>& info) {
    Ran(Decoder::kSymtab);
    size_t count = 0;
    for (const typename L::Sym& symbol : info.symbols) {
      if (++count > 200) break;
      Strings(info.strings, symbol.name);
      sum_ = sum_ + (IsExported(symbol) ? 1 : 0);
    }
  }

  void Strings(const StringTable& strings, uint64_t offset) {
    const SymbolName name = strings.NameAt(offset);
    Require((name.text.data() != nullptr) == strings.Valid(offset), "a string is there or is not");
    const std::string_view text = strings.At(offset);
    if (name.text.data() == nullptr) return Require(text.empty(), "nothing stands outside");
    Touch(text);
    Require(name.text == text && name.hash == SymbolName(text).hash, "a name has one hash");
    Require(strings.At(offset, text.size()) == text &&
                (text.empty() || strings.At(offset, text.size() - 1).empty()),
            "a string is as long as it is");
    Require(strings.Equals(offset, text), "a string equals itself");
    Require(text.empty() || !strings.Equals(offset, text.substr(1)), "a string equals no other");
    sum_ = sum_ + SysvHash(text);
  }

  // Chains end: a probe meets no more symbols than the table has words.
  template <class Table>
  void Hash(Decoder decoder, const Table& table, size_t bytes) {
    Ran(decoder);
    const uint64_t words = bytes / 4 + 1;
    uint32_t probes[8] = {0, 1, ~uint32_t{0}, input_.control.more};
    for (int i = 4; i < 8; ++i) probes[i] = static_cast<uint32_t>(SumAt(i));
    for (const uint32_t hash : probes) {
      uint64_t steps = 0;
      table.Find(hash, [&](uint32_t symbol) {
        sum_ = sum_ + symbol;
        Require(++steps <= words, "a chain is no longer than its table");
        return false;
      });
      table.Find(hash, [](uint32_t) { return true; });
    }
    sum_ = sum_ + table.SymbolCount();
    if constexpr (requires { table.first_hashed(); }) {
      uint64_t steps = 0;
      table.ForEach([&](uint32_t symbol, uint32_t hash) {
        Require((hash & 1) == 0 && (L::kTranslatedHash || symbol >= table.first_hashed()),
                "hashed symbols come last");
        Require(++steps <= words, "no word is visited often");
        if (steps < 16) table.Find(hash, [](uint32_t) { return true; });
      });
    }
  }

  // Some word of the input, for probes that meet what is there.
  [[nodiscard]] uint64_t SumAt(size_t i) const {
    const size_t size = input_.first.size();
    typename L::Word word = 0u;
    if (size < 4) return 0;
    const size_t at = (size / 9 * i + input_.control.options * 4) % (size - 3);
    std::memcpy(static_cast<void*>(&word), input_.first.data() + at / 4 * 4, 4);
    return word.get();
  }

  void Relr(std::span<const typename L::Relr> table) {
    Ran(Decoder::kRelr);
    uint64_t places = 0;
    sum_ = sum_ + (StartsWithAddress<L>(table) ? 1 : 0);
    ForEachRelr<L>(table, [&](Addr vaddr) {
      sum_ = sum_ + static_cast<uint32_t>(vaddr);
      return ++places <= 8 * table.size_bytes();
    });
    Require(places <= 8 * table.size_bytes(), "a bit relocates one place");
    uint64_t stopped = 0;
    const bool all = ForEachRelr<L>(table, [&](Addr) { return ++stopped < 3; });
    Require(all == (places < 3) && stopped == std::min<uint64_t>(places, 3), "a visitor can stop");
  }

  template <class M>
  void VersionsOf(M& memory, const DynamicInfo<A>& info) {
    Ran(Decoder::kVersion);
    Versions versions;
    const size_t before = diagnostics_.errors();
    const bool good = ReadVersions<A>(diagnostics_, arena_, memory, info, versions);
    diagnostics_.Expect(good, before);
    Require(good || versions.empty(), "a failure leaves no versions");
    for (size_t i = 0; i < versions.size(); ++i) {
      const Version& version = versions[i];
      if (version.kind == Version::Kind::kNone) continue;
      Touch(version.name);
      Touch(version.file);
      Require(i != 0 && !version.name.empty() && version.hash == SysvHash(version.name),
              "a version has a name, its hash and an index");
      Require(version.name.size() <= kLongestName && version.file.size() <= kLongestName,
              "names of versions are not long");
      Require(version.file.empty() == (version.kind == Version::Kind::kDefined),
              "a version is wanted from a file");
    }
    FreeArray(arena_, versions);
  }

  template <class M>
  void Notes(M& memory, std::span<const typename L::Phdr> phdrs) {
    Ran(Decoder::kNote);
    for (const typename L::Phdr& header : phdrs) {
      if (header.type == elf::kPtNote) {
        OneSegmentOfNotes(memory, {header.vaddr, header.filesz}, header.align);
      }
    }
    Touch(FindNote<A>(memory, phdrs, elf::kNoteOwnerGnu, elf::kNtGnuBuildId));
    Touch(FindNote<A>(memory, phdrs, elf::kNoteOwnerDynlink, elf::kNtDynlinkModule));
  }

  template <class M>
  void OneSegmentOfNotes(M& memory, const Range& range, uint64_t align) {
    uint64_t notes = 0;
    const bool good = ForEachNote<A>(
        memory, range, align,
        [&](std::string_view name, uint32_t, std::span<const std::byte> descriptor) {
          meter_.Step();
          Touch(name);
          Touch(descriptor);
          Require(++notes <= range.size / sizeof(typename L::Nhdr), "notes have headers");
          return notes < 50;
        });
    sum_ = sum_ + (good ? 1 : 0);
  }

  void Tls(const TlsSegment& tls) {
    if (!tls.present()) return;
    Ran(Decoder::kTls);
    TlsLayoutOf<A> layout;
    AddTls(layout, {.vaddr = 8, .filesz = 0, .memsz = 24, .align = 16});
    AddTls(layout, tls);
    AddTls(layout, {.vaddr = 4, .filesz = 0, .memsz = 4, .align = 4});
    AddTls(layout, tls);
  }

  // Blocks do not overlap and have the alignment that was promised.
  template <class Layout>
  void AddTls(Layout& layout, const TlsSegment& tls) {
    const uint64_t before = layout.size(), align = layout.align();
    int64_t offset = 0;
    if (!layout.Add(tls, offset)) {
      Require(layout.size() == before && layout.align() == align,
              "a refused block changes nothing");
      return;
    }
    using Tls = typename Layout::Arch::Tls;
    Require(layout.size() <= uint64_t{1} << 31 && layout.align() >= tls.align, "blocks fit");
    Require(layout.size() - before >= tls.memsz, "a block has room");
    const uint64_t address = static_cast<uint64_t>(offset - Tls::kThreadPointerBias);
    Require(((address - tls.vaddr) & (tls.align - 1)) == 0, "a block is aligned");
    if constexpr (Tls::kVariant == 2) {
      Require(static_cast<uint64_t>(-offset) == layout.size(), "blocks grow downwards");
    } else {
      Require(address >= before && address + tls.memsz == layout.size(), "blocks grow upwards");
    }
  }

  template <class M>
  void Views(M& memory, const LoadPlan& plan) {
    Ran(Decoder::kView);
    const uint64_t some = SumAt(1) << 32 | SumAt(2);
    for (const Segment& segment : plan.segments) {
      for (const uint64_t at : {segment.vaddr, segment.vaddr + segment.filesz, segment.end(),
                                segment.vaddr + SumAt(3) % kPage, some}) {
        ViewAt(memory, at, SumAt(4));
        ViewAt(memory, at, SumAt(5) % 64);
      }
    }
  }

  template <class M>
  void ViewAt(M& memory, uint64_t at, uint64_t bytes) {
    std::span<const typename L::Half> halves;
    std::span<const typename L::Rela> entries, all;
    if (ViewTable(memory, at, bytes, halves)) {
      Require(halves.size_bytes() == bytes, "a view is as long as asked");
      Touch(halves);
    }
    if (ViewTable(memory, at, bytes, entries)) Touch(entries);
    if (ViewToEnd(memory, at, all)) {
      Touch(all);
      Require(all.size_bytes() <= memory.Reach(at), "a table ends with its segment");
    }
    const auto* one = ViewOne<typename L::Sym>(memory, at);
    if (one != nullptr) Touch(std::span(one, 1));
    Range range = {at, bytes};
    if (range.Contains(at, bytes)) sum_ = sum_ + 1;
  }

  // What the layout of blocks is of.
  template <class Traits>
  struct TlsLayoutOf : StaticTlsLayout<Traits> {
    using Arch = Traits;
  };

 private:
  const Input& input_;
  Meter& meter_;
  FuzzDiagnostics& diagnostics_;
  FuzzArena& arena_;
  const Policy& policy_;
  std::array<bool, kDecoders> ran_ = {};
  volatile uint32_t sum_ = 0;  // so that no read is left out
};

}  // namespace rtld::fuzz
