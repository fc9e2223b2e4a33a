// SPDX-License-Identifier: BSD-2-Clause
//
// DecodeRun: one input through one decoder, of an image or of bare bytes. A failure is told and a
// success tells nothing; the rest that must hold is in decode_checks.h.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "rtld_shared/fuzz/decode_checks.h"

namespace rtld::fuzz {

inline Decoder DecoderOf(const Control& control) {
  return static_cast<Decoder>(control.entry % kDecoders);
}
// Whether the decoder also takes bare bytes.
inline bool HasRawForm(Decoder decoder) { return decoder >= Decoder::kDynamic; }

// Bytes as the one segment of an image, from kBase on.
class FlatMemory {
 public:
  static constexpr uint64_t kBase = 0x1000;

  FlatMemory(std::span<const uint8_t> bytes, Meter& meter) : buffer_(bytes), meter_(meter) {}
  [[nodiscard]] const std::byte* At(uint64_t vaddr, uint64_t size) const {
    meter_.Step();
    const uint64_t at = vaddr - kBase;
    if (vaddr < kBase || at > buffer_.size() || size > buffer_.size() - at) return nullptr;
    return buffer_.data() + at;
  }
  [[nodiscard]] uint64_t Reach(uint64_t vaddr) const {
    meter_.Step();
    return vaddr < kBase || vaddr - kBase > buffer_.size() ? 0 : buffer_.size() - (vaddr - kBase);
  }
  [[nodiscard]] size_t size() const { return buffer_.size(); }

 private:
  Buffer buffer_;
  Meter& meter_;
};

template <arch::ElfArch A>
class DecodeRun {
 public:
  using L = typename A::Layout;

  explicit DecodeRun(const Input& input)
      : input_(input),
        meter_(input.first.size()),
        diagnostics_(meter_, ~size_t{0}),
        arena_(meter_, input.control.more % 16),
        policy_((input.control.options & 1) != 0 ? kProgramPolicy : kKernelPolicy),
        check_(input, meter_, diagnostics_, arena_, policy_) {
    policy_.allow_text_relocations = (input.control.options & 2) != 0;
    policy_.allow_writable_code = (input.control.options & 4) != 0;
  }

  void Run() {
    const Decoder chosen = DecoderOf(input_.control);
    if (input_.control.entry >= kDecoders && HasRawForm(chosen)) {
      ForWanted(Decoder::kDynamic, Decoder::kView, [this](Decoder decoder) { Raw(decoder); });
    } else {
      OfImage(chosen);
    }
    Require(arena_.live() == 0, "the arena has everything back");
  }

  [[nodiscard]] bool ran(Decoder decoder) const { return check_.ran(decoder); }

 private:
  static constexpr uint64_t kPage = DecodeChecks<A>::kPage;

  void OfImage(Decoder decoder) {
    FuzzFile file("/m/root.so", input_.first, meter_);
    Headers<A> headers;
    check_.Ran(Decoder::kEhdr);
    bool good = ReadHeaders<A>(diagnostics_, file, policy_, headers);
    diagnostics_.Expect(good, 0);
    if (!good) return;
    check_.Touch(headers.phdrs);
    if (decoder == Decoder::kEhdr && !AllWanted()) return;
    LoadPlan plan;
    check_.Ran(Decoder::kLoadPlan);
    good = PlanLoad<A>(diagnostics_, arena_, headers.phdrs, file.Size(), kPage, policy_, plan);
    diagnostics_.Expect(good, 0);
    if (!good) return Require(arena_.live() == 0, "a refused plan holds no memory");
    check_.CheckPlan(plan, file.Size());
    FileMemory<FuzzFile> memory(file, plan);
    if (Wanted(Decoder::kNote)) check_.Notes(memory, headers.phdrs);
    if (Wanted(Decoder::kTls)) check_.Tls(plan.tls);
    if (Wanted(Decoder::kView)) check_.Views(memory, plan);
    if (AllWanted() || (decoder >= Decoder::kDynamic && decoder <= Decoder::kVersion)) {
      Dynamic(memory, plan);
    }
    FreePlan(arena_, plan);
  }

  template <class M>
  void Dynamic(M& memory, const LoadPlan& plan) {
    check_.Ran(Decoder::kDynamic);
    DynamicInfo<A> info;
    const size_t before = diagnostics_.errors();
    const bool good = Decode<A>(diagnostics_, memory, plan, policy_, info);
    diagnostics_.Expect(good, before);
    if (!good) return;
    ForWanted(Decoder::kDynamic, Decoder::kVersion, [&](Decoder decoder) {
      switch (decoder) {
        case Decoder::kDynamic:
          return check_.CheckDynamic(info);
        case Decoder::kSymtab:
          return check_.Symbols(info);
        case Decoder::kGnuHash:
          if (!info.gnu_hash.present()) return;
          return check_.Hash(decoder, info.gnu_hash, input_.first.size());
        case Decoder::kSysvHash:
          if (!info.sysv_hash.present()) return;
          return check_.Hash(decoder, info.sysv_hash, input_.first.size());
        case Decoder::kRelr:
          return check_.Relr(info.relr);
        default:
          return check_.VersionsOf(memory, info);
      }
    });
  }

  // The decoder that the input chooses, or all of them.
  [[nodiscard]] bool AllWanted() const { return (input_.control.options & 128) != 0; }
  [[nodiscard]] bool Wanted(Decoder decoder) const {
    return AllWanted() || DecoderOf(input_.control) == decoder;
  }
  template <class Each>
  void ForWanted(Decoder first, Decoder last, Each&& each) {
    for (auto i = static_cast<uint8_t>(first); i <= static_cast<uint8_t>(last); ++i) {
      if (Wanted(static_cast<Decoder>(i))) each(static_cast<Decoder>(i));
    }
  }

  // ---- bare bytes ----

  void Raw(Decoder decoder) {
    FlatMemory memory(input_.first, meter_);
    const uint64_t size = memory.size();
    std::span<const typename L::Word> words;
    std::span<const typename L::HashWord> hash_words;
    switch (decoder) {
      case Decoder::kDynamic: {
        LoadPlan plan;
        Segment segment = {.vaddr = FlatMemory::kBase, .memsz = size, .filesz = size};
        plan.segments = {&segment, 1};
        plan.dynamic = {FlatMemory::kBase, size / 2};
        return Dynamic(memory, plan);
      }
      case Decoder::kSymtab:
        return RawStrings();
      case Decoder::kGnuHash: {
        GnuHashTable<L> table;
        check_.Ran(decoder);
        if (ViewToEnd(memory, FlatMemory::kBase, words) && Parse(table, words)) {
          check_.Hash(decoder, table, memory.size());
        }
        return;
      }
      case Decoder::kSysvHash: {
        SysvHashTable<L> table;
        check_.Ran(decoder);
        if (ViewToEnd(memory, FlatMemory::kBase, hash_words) && table.Parse(hash_words)) {
          check_.Hash(decoder, table, memory.size());
        }
        return;
      }
      case Decoder::kRelr: {
        std::span<const typename L::Relr> table;
        if (ViewToEnd(memory, FlatMemory::kBase, table)) check_.Relr(table);
        return;
      }
      case Decoder::kVersion:
        return RawVersions(memory);
      case Decoder::kNote:
        check_.Ran(decoder);
        return check_.OneSegmentOfNotes(memory, {FlatMemory::kBase, size},
                                        input_.control.more % 16);
      case Decoder::kTls:
        return RawTls(memory);
      default: {
        LoadPlan plan;
        Segment segment = {.vaddr = FlatMemory::kBase, .memsz = size, .filesz = size};
        plan.segments = {&segment, 1};
        return check_.Views(memory, plan);
      }
    }
  }

  // A translated table is told how many symbols there are.
  [[nodiscard]] bool Parse(GnuHashTable<L>& table, std::span<const typename L::Word> words) {
    return table.Parse(words, L::kTranslatedHash ? check_.SumAt(3) % (words.size() + 1) : 0);
  }

  // A string table is one only if it ends with NUL.
  void RawStrings() {
    check_.Ran(Decoder::kSymtab);
    std::string bytes(reinterpret_cast<const char*>(input_.first.data()), input_.first.size());
    bytes.push_back('\0');
    Buffer buffer(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    const StringTable strings(
        std::span(reinterpret_cast<const char*>(buffer.data()), buffer.size()));
    const uint64_t size = buffer.size();
    for (const uint64_t offset :
         {uint64_t{0}, check_.SumAt(1), check_.SumAt(2) % size, size - 1, size, ~uint64_t{0}}) {
      check_.Strings(strings, offset);
    }
  }

  // Definitions from the start, needs from the middle, strings at the end.
  void RawVersions(FlatMemory& memory) {
    if (input_.first.empty()) return;
    std::span<const char> text(reinterpret_cast<const char*>(memory.At(FlatMemory::kBase, 1)),
                               memory.size());
    if (text.back() != '\0') return;
    DynamicInfo<A> info;
    info.strings = StringTable(text.subspan(text.size() / 2));
    info.verdef = FlatMemory::kBase;
    info.verdef_count = input_.control.options % 32;
    info.verneed = FlatMemory::kBase + (input_.control.options & 32 ? 0 : memory.size() / 16 * 4);
    info.verneed_count = (input_.control.options & 64) != 0 ? check_.SumAt(0) : 4;
    check_.VersionsOf(memory, info);
  }

  template <class Base, int kTheVariant, int64_t kBias, uint64_t kTcb>
  struct OfVariant : Base {
    struct Tls : Base::Tls {
      static constexpr int kVariant = kTheVariant;
      static constexpr uint64_t kTcbSize = kTcb;
      static constexpr int64_t kThreadPointerBias = kBias;
    };
  };

  // Blocks one after the other, for both variants.
  void RawTls(FlatMemory& memory) {
    check_.Ran(Decoder::kTls);
    struct One {
      typename L::AddrField vaddr, memsz;
      typename L::Word align;
    };
    std::span<const One> blocks;
    if (!ViewToEnd(memory, FlatMemory::kBase, blocks)) return;
    LayoutOf<OfVariant<A, 1, 0, 16>> upwards;
    LayoutOf<OfVariant<A, 1, -0x7000, 0>> biased;
    LayoutOf<OfVariant<A, 2, 0, 0>> downwards;
    for (const One& block : blocks.first(std::min<size_t>(blocks.size(), 64))) {
      const TlsSegment tls = {.vaddr = block.vaddr,
                              .filesz = 0,
                              .memsz = block.memsz,
                              .align = uint64_t{1} << (block.align % 40)};
      check_.AddTls(upwards, tls);
      check_.AddTls(biased, tls);
      check_.AddTls(downwards, tls);
    }
  }

  template <class Traits>
  using LayoutOf = typename DecodeChecks<A>::template TlsLayoutOf<Traits>;

  const Input& input_;
  Meter meter_;
  FuzzDiagnostics diagnostics_;
  FuzzArena arena_;
  Policy policy_;
  DecodeChecks<A> check_;
};

}  // namespace rtld::fuzz
