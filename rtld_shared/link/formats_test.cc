// SPDX-License-Identifier: BSD-2-Clause
//
// Forms of images that linkers make seldom: DT_SYMBOLIC, no hash table at all, relocations of text,
// segments without bytes in the file.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtld_shared/link/place.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/testing/checked_scope.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::OnlyError;

template <class L>
class FormatsTest : public testing::LayoutTest<L> {
 public:
  using A = typename testing::LayoutTest<L>::A;
  using Builder = typename testing::LayoutTest<L>::Builder;
  using ProgramBench = typename testing::LayoutTest<L>::ProgramBench;

  // Where symbol `name` of an image is bound by a program's scope of all that the bench has linked,
  // in that order: by an index and by a walk, which must agree. The image's name, or "" for nobody.
  static std::string BoundIn(ProgramBench& bench, std::string_view from, std::string_view name) {
    std::vector<Module<A>*> modules(bench.committed.begin(), bench.committed.end());
    testing::ScopeChecks checks;
    testing::CheckedScope<A> scope(checks);
    EXPECT_TRUE(scope.SetClosure(modules));
    const Module<A>& module = *bench.Find(from);
    Definition<A> definition;
    bool found = false;
    for (uint32_t i = 1; i < module.dynamic.symbols.size(); ++i) {
      const auto& symbol = module.dynamic.symbols[i];
      if (module.NameOf(symbol) != name) continue;
      found = scope.Resolve({module, i, symbol}, definition);
      break;
    }
    EXPECT_EQ(checks.at_once, 1u);
    EXPECT_EQ(checks.differing, 0u) << checks.detail;
    return found ? std::string(definition.module->name) : "";
  }
};
TYPED_TEST_SUITE(FormatsTest, rtld::testing::Layouts);

// ---- DT_SYMBOLIC ----

// program -> lib.so. Both define f, as data, and g, a function in a slot; the library alone refers
// to them. What it does not define itself is the program's all the same.
TYPED_TEST(FormatsTest, SymbolicImagesBindTheirOwnSymbolsFirst) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  using Tag = std::optional<std::pair<uint64_t, uint64_t>>;
  for (const Tag& tag : {Tag(), Tag({elf::kDtSymbolic, 0}), Tag({elf::kDtFlags, elf::kDfSymbolic}),
                         Tag({elf::kDtFlags, ~elf::kDfSymbolic & ~elf::kDfTextRel})}) {
    const bool symbolic =
        tag && (tag->first == elf::kDtSymbolic || tag->second == elf::kDfSymbolic);
    SCOPED_TRACE(tag ? tag->first + tag->second : 0);
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program(""), library("lib.so");
    program.Needed("lib.so");
    program.Define("f", Builder::kData + 0x20);
    program.Define("g", Builder::kText + 0x20, {.type = elf::kSttFunc});
    program.Define("h", Builder::kData + 0x28);
    if (tag) library.Dynamic(tag->first, tag->second);
    const uint64_t data = library.Word(), slot = library.Word(), other = library.Word();
    const uint32_t f = library.Define("f", Builder::kData + 0x40);
    const uint32_t g = library.Define("g", Builder::kText + 0x40, {.type = elf::kSttFunc});
    library.Rela(data, A::kGlobDat, f);
    library.JmpRela(slot, A::kJumpSlot, g);
    library.Rela(other, A::kSymbol, library.Refer("h"), 4);
    bench.AddLibrary("lib.so", library.Build());
    ASSERT_TRUE(bench.Link(bench.AddFile("/bin/program", program.Build())))
        << bench.diagnostics.text();
    auto &linked = *bench.Find("lib.so"), &root = *bench.Find("program");
    EXPECT_EQ(linked.dynamic.symbolic, symbolic);
    EXPECT_EQ(bench.WordAt(linked, data), symbolic ? linked.RunTime(Builder::kData + 0x40)
                                                   : root.RunTime(Builder::kData + 0x20));
    EXPECT_EQ(bench.WordAt(linked, slot), symbolic ? linked.RunTime(Builder::kText + 0x40)
                                                   : root.RunTime(Builder::kText + 0x20));
    EXPECT_EQ(bench.WordAt(linked, other), root.RunTime(Builder::kData + 0x2c));
    EXPECT_EQ(this->BoundIn(bench, "lib.so", "f"), symbolic ? "lib.so" : "program");
    EXPECT_EQ(this->BoundIn(bench, "lib.so", "h"), "program");
  }
}

// Others' references do not care: program -> first.so, symbolic.so; the first one's f is the
// program's.
TYPED_TEST(FormatsTest, SymbolicImagesChangeNothingForOthers) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), first("first.so"), symbolic("symbolic.so");
  program.Needed("first.so").Needed("symbolic.so");
  const uint64_t shared = program.Word(), only = program.Word();
  program.Rela(shared, A::kSymbol, program.Refer("f"));
  program.Rela(only, A::kSymbol, program.Refer("only"));
  first.Define("f", Builder::kData + 0x20);
  symbolic.Dynamic(elf::kDtSymbolic, 0);
  symbolic.Define("f", Builder::kData + 0x40);
  symbolic.Define("only", Builder::kData + 0x48);
  bench.AddLibrary("first.so", first.Build());
  bench.AddLibrary("symbolic.so", symbolic.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("/bin/program", program.Build())))
      << bench.diagnostics.text();
  auto& root = *bench.Find("program");
  EXPECT_EQ(bench.WordAt(root, shared), bench.Find("first.so")->RunTime(Builder::kData + 0x20));
  EXPECT_EQ(bench.WordAt(root, only), bench.Find("symbolic.so")->RunTime(Builder::kData + 0x48));
  EXPECT_EQ(this->BoundIn(bench, "program", "f"), "first.so");
}

// ---- no hash table ----

template <class Builder>
void LeaveOutHashes(Builder& builder) {
  builder.gnu_hash = builder.sysv_hash = false;
}

// program -> bare.so, full.so. What bare.so defines nobody finds, itself neither; what it keeps to
// itself is not looked up.
TYPED_TEST(FormatsTest, ImagesWithoutHashTablesDefineNothingForOthers) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), bare("bare.so"), full("full.so");
  program.Needed("bare.so").Needed("full.so");
  const uint64_t theirs = program.Word();
  program.Rela(theirs, A::kSymbol, program.Refer("f"));
  LeaveOutHashes(bare);
  const uint64_t f = bare.Word(), own = bare.Word(), g = bare.Word(), weak = bare.Word(1);
  bare.Rela(f, A::kSymbol, bare.Define("f", Builder::kData + 0x40));
  bare.Rela(own, A::kSymbol,
            bare.Define("p", Builder::kData + 0x48, {.visibility = elf::kStvProtected}));
  bare.Rela(g, A::kSymbol, bare.Refer("g"));
  bare.Rela(weak, A::kSymbol, bare.Refer("nowhere", {.bind = elf::kStbWeak}));
  full.Define("f", Builder::kData + 0x20);
  full.Define("g", Builder::kData + 0x28);
  full.Define("p", Builder::kData + 0x30);
  bench.AddLibrary("bare.so", bare.Build());
  bench.AddLibrary("full.so", full.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("/bin/program", program.Build())))
      << bench.diagnostics.text();
  auto &linked = *bench.Find("bare.so"), &provider = *bench.Find("full.so");
  EXPECT_FALSE(linked.dynamic.gnu_hash.present() || linked.dynamic.sysv_hash.present());
  EXPECT_EQ(linked.dynamic.SymbolCount(), 0u);
  EXPECT_EQ(DefinedCount(linked), 0u);
  EXPECT_EQ(bench.WordAt(*bench.Find("program"), theirs), provider.RunTime(Builder::kData + 0x20));
  EXPECT_EQ(bench.WordAt(linked, f), provider.RunTime(Builder::kData + 0x20));
  EXPECT_EQ(bench.WordAt(linked, own), linked.RunTime(Builder::kData + 0x48));
  EXPECT_EQ(bench.WordAt(linked, g), provider.RunTime(Builder::kData + 0x28));
  EXPECT_EQ(bench.WordAt(linked, weak), 0u);
  EXPECT_EQ(this->BoundIn(bench, "program", "f"), "full.so");
  EXPECT_EQ(this->BoundIn(bench, "bare.so", "f"), "full.so");
  EXPECT_EQ(this->BoundIn(bench, "bare.so", "p"), "bare.so");
  EXPECT_EQ(this->BoundIn(bench, "bare.so", "nowhere"), "");
}

// root -> bare.so, which has the symbol and cannot be asked for it.
TYPED_TEST(FormatsTest, WhatOnlyAnImageWithoutHashTablesHasIsUndefined) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  const auto undefined = [this](auto& bench) {
    Builder root("root.so"), bare("bare.so");
    LeaveOutHashes(bare);
    bare.Define("f", Builder::kData + 0x40);
    const uint64_t word = root.Word();
    root.Needed("bare.so").Rela(word, A::kSymbol, root.Refer("f"));
    bench.AddLibrary("bare.so", bare.Build());
    EXPECT_FALSE(bench.Link(bench.AddFile("root.so", root.Build())));
    Report expected = this->At(Error::kUndefinedSymbol, word, A::kSymbol);
    expected.reason = Reason::kNobody;
    expected.image = "root.so";
    expected.symbol = "f";
    expected.count = 1;
    return OnlyError(bench.diagnostics, {expected, {}, {"root.so", "/lib/bare.so"}});
  };
  typename TestFixture::ProgramBench programs(kProgramPolicy);
  EXPECT_TRUE(undefined(programs));
  typename TestFixture::ModuleBench modules(kKernelPolicy);
  EXPECT_TRUE(undefined(modules));
}

// ---- relocations of text ----

constexpr Policy WithTextRelocations(Policy policy) {
  policy.allow_text_relocations = true;
  return policy;
}
constexpr Policy kTextPolicy = WithTextRelocations(kKernelPolicy);

// An image with places in its code, relative, symbolic and packed, and one among its constants.
template <class A>
struct TextImage {
  using Builder = testing::ImageBuilder<A>;
  using L = typename A::Layout;

  explicit TextImage(std::optional<std::pair<uint64_t, uint64_t>> tag) {
    if (tag) builder.Dynamic(tag->first, tag->second);
    builder.Rela(kRelative, A::kRelative, 0, Builder::kData + 8);
    builder.Rela(kSymbolic, A::kSymbol, builder.Define("f", Builder::kData + 0x40), 4);
    builder.Rela(kConstant, A::kSymbol, builder.Define("g", Builder::kData + 0x48));
    builder.RelrWords(Builder::RelrOf({kPacked}));
    builder.edit_phdrs = [this](auto& phdrs) { text_at_ = phdrs[1].offset; };
    builder.edit_bytes = [this](std::vector<std::byte>& bytes) {
      StoreWord<L>(bytes.data() + text_at_ + (kPacked - Builder::kText), Builder::kWord,
                   Builder::kData);
    };
  }
  TextImage(const TextImage&) = delete;
  TextImage& operator=(const TextImage&) = delete;

  static constexpr uint64_t kRelative = Builder::kText + 0x40, kSymbolic = Builder::kText + 0x80,
                            kPacked = Builder::kText + 0xc0;
  // There is room for more program headers.
  static constexpr uint64_t kConstant =
      Builder::kBase + sizeof(typename L::Ehdr) + 15 * sizeof(typename L::Phdr);
  Builder builder{"x.so"};

 private:
  uint64_t text_at_ = 0;
};

TYPED_TEST(FormatsTest, TextIsRelocatedIfThePolicyAllowsIt) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const auto& tag :
       {std::pair{elf::kDtTextRel, uint64_t{0}}, std::pair{elf::kDtFlags, elf::kDfTextRel}}) {
    typename TestFixture::ModuleBench bench(kTextPolicy);
    TextImage<A> image(tag);
    ASSERT_TRUE(bench.Link(bench.AddFile("x.so", image.builder.Build())))
        << bench.diagnostics.text();
    auto& record = *bench.Find("x.so");
    EXPECT_EQ(bench.WordAt(record, image.kRelative), record.RunTime(Builder::kData + 8));
    EXPECT_EQ(bench.WordAt(record, image.kSymbolic), record.RunTime(Builder::kData + 0x44));
    EXPECT_EQ(bench.WordAt(record, image.kSymbolic + TestFixture::kWord), 0u);
    EXPECT_EQ(bench.WordAt(record, image.kPacked), record.RunTime(Builder::kData));
    EXPECT_EQ(bench.WordAt(record, image.kConstant), record.RunTime(Builder::kData + 0x48));
    // Until then it was as writable as data.
    const auto& state = *record.image.state();
    EXPECT_EQ(state.mapped.at(Builder::kText), elf::kPfR | elf::kPfW | elf::kPfX);
    EXPECT_EQ(state.mapped.at(Builder::kBase), elf::kPfR | elf::kPfW);
    // In the end it is code like any other, and what was stored there is seen when it runs.
    EXPECT_EQ(state.protections.at(Builder::kText), Protection::kReadExecute);
    EXPECT_EQ(state.protections.at(Builder::kBase), Protection::kRead);
    EXPECT_EQ(state.synced, std::vector<uint64_t>{Builder::kText});
  }
}

// Resolvers run when text is protected, so what they return cannot be stored there.
TYPED_TEST(FormatsTest, ResultsOfResolversAreNoRelocationsOfText) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr uint64_t kPlace = Builder::kText + 0x40;
  Builder relative("x.so"), symbolic("x.so");
  relative.Dynamic(elf::kDtTextRel, 0).Rela(kPlace, A::kIrelative, 0, Builder::kText);
  EXPECT_TRUE(
      this->Refused(relative, this->At(Error::kBadPlace, kPlace, A::kIrelative), kTextPolicy));
  symbolic.Dynamic(elf::kDtTextRel, 0);
  symbolic.Rela(kPlace, A::kSymbol,
                symbolic.Define("f", Builder::kText, {.type = elf::kSttGnuIfunc}));
  EXPECT_TRUE(this->Refused(symbolic, this->At(Error::kBadPlace, kPlace, A::kSymbol), kTextPolicy));
}

// A tag that comes while the image is mapped is too late for its loader.
TYPED_TEST(FormatsTest, TextRelocationsThatComeWhileTheFileIsLoadedAreRefused) {
  using Builder = typename TestFixture::Builder;
  using Dyn = typename TypeParam::Dyn;
  typename TestFixture::ModuleBench bench(kTextPolicy);
  Builder root("x.so");
  root.Dynamic(elf::kDtDebug, 0);
  testing::BufferFile& file = bench.AddFile("x.so", root.Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(file) && session->Plan()) << bench.diagnostics.text();
  bool changed = false;
  for (const Dyn& entry : session->records()[0]->dynamic.entries) {
    if (entry.tag != elf::kDtDebug) continue;
    // The views of a plan point into the file.
    std::byte* const bytes =
        file.bytes().data() + (reinterpret_cast<const std::byte*>(&entry) - file.bytes().data());
    const Dyn text = {elf::kDtTextRel, 0};
    std::memcpy(bytes, &text, sizeof(text));
    changed = true;
  }
  ASSERT_TRUE(changed);
  EXPECT_FALSE(session->Map());
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadVersion,
                                             .image = "x.so",
                                             .detail = "the file changed while loading"}}));
}

// Allowed or not, places are in the image's segments.
TYPED_TEST(FormatsTest, TextRelocationsLieInASegmentAllTheSame) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  const uint64_t end = Builder::kText + Builder::kTextSize;
  for (const uint64_t place : {end, end - TestFixture::kWord + 1, Builder::kBase - 8}) {
    Builder builder("x.so");
    builder.Dynamic(elf::kDtTextRel, 0);
    builder.Rela(place, A::kSymbol, builder.Define("f", Builder::kData));
    EXPECT_TRUE(this->Refused(builder, this->At(Error::kBadPlace, place, A::kSymbol), kTextPolicy));
  }
}

TYPED_TEST(FormatsTest, TextRelocationsAreRefusedOtherwise) {
  using A = typename TestFixture::A;
  for (const auto& tag :
       {std::pair{elf::kDtTextRel, uint64_t{0}}, std::pair{elf::kDtFlags, elf::kDfTextRel}}) {
    for (const Policy& policy : {kKernelPolicy, kProgramPolicy}) {
      TextImage<A> image(tag);
      EXPECT_TRUE(this->Refused(image.builder, {.error = Error::kTextRelocations}, policy));
    }
  }
}

// Its segments were not mapped to be written.
TYPED_TEST(FormatsTest, TextRelocationsOfAnImageThatDoesNotSaySoAreRefusedEvenIfAllowed) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const Policy& policy : {kKernelPolicy, kTextPolicy}) {
    TextImage<A> packed({});
    EXPECT_TRUE(this->Refused(packed.builder,
                              {.error = Error::kBadPlace,
                               .has_place = true,
                               .detail = "DT_RELR",
                               .place = packed.kPacked},
                              policy));
    Builder symbolic("x.so");
    symbolic.Rela(Builder::kText, A::kSymbol, symbolic.Define("f", Builder::kData));
    EXPECT_TRUE(
        this->Refused(symbolic, this->At(Error::kBadPlace, Builder::kText, A::kSymbol), policy));
  }
}

// ---- Segments without bytes in the file ----

TYPED_TEST(FormatsTest, ZerosAreMappedWhereverTheFileSaysTheyWere) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  using Addr = typename TestFixture::Addr;
  constexpr uint64_t kZeros = Builder::kRelro + 0x8000, kSize = 0x1800;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  builder.Rela(kZeros + 8, A::kSymbol, builder.Define("z", kZeros + 0x10));
  builder.edit_phdrs = [](auto& phdrs) {
    auto zeros = phdrs[2];
    zeros.vaddr = static_cast<Addr>(kZeros);
    zeros.offset = Addr{0x7000000};
    zeros.filesz = Addr{0};
    zeros.memsz = static_cast<Addr>(kSize);
    phdrs.push_back(zeros);
  };
  ASSERT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  auto& record = *bench.Find("x.so");
  EXPECT_EQ(bench.WordAt(record, kZeros), 0u);
  EXPECT_EQ(bench.WordAt(record, kZeros + 8), record.RunTime(kZeros + 0x10));
  EXPECT_EQ(bench.WordAt(record, kZeros + kSize - TestFixture::kWord), 0u);
  EXPECT_EQ(record.image.state()->protections.at(kZeros), Protection::kReadWrite);
}

}  // namespace
}  // namespace rtld
