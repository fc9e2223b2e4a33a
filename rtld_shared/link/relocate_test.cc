// SPDX-License-Identifier: BSD-2-Clause
//
// The relocation loop: every operation, width and check, over the four layouts, through one session
// each; and every place and target that is refused, with its exact report.

#include "rtld_shared/link/relocate.h"

#include <gtest/gtest.h>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::Matches;

template <class L>
class RelocateTest : public testing::LayoutTest<L> {
 public:
  using Builder = typename testing::LayoutTest<L>::Builder;

  // Links the image alone; its record, or nullptr.
  template <class B>
  typename B::Record* Link(B& bench, Builder& builder) {
    return bench.Link(bench.AddFile("x.so", builder.Build())) ? bench.committed.back() : nullptr;
  }
};
TYPED_TEST_SUITE(RelocateTest, rtld::testing::Layouts);

TYPED_TEST(RelocateTest, WordOperations) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint32_t thing = builder.Define("thing", Builder::kData + 0x40, {.size = 24});
  const uint64_t none = builder.Word(5), relative = builder.Word(99), symbol = builder.Word(99);
  const uint64_t got = builder.Word(99), slot = builder.Word(99), size = builder.Word(99);
  builder.Rela(none, A::kNone, 0, 7);
  builder.Rela(symbol, A::kSymbol, thing, 0x11);
  builder.Rela(got, A::kGlobDat, thing, 0x11);
  builder.JmpRela(slot, A::kJumpSlot, thing, 0x11);
  builder.Rela(size, A::kSize, thing, 1);
  // A relative entry behind the leading run is applied too.
  builder.Rela(relative, A::kRelative, 0, Builder::kText + 1);
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*record, none), 5u);
  EXPECT_EQ(bench.WordAt(*record, relative), record->RunTime(Builder::kText + 1));
  EXPECT_EQ(bench.WordAt(*record, symbol), record->RunTime(Builder::kData + 0x51));
  EXPECT_EQ(bench.WordAt(*record, got), record->RunTime(Builder::kData + 0x40));
  EXPECT_EQ(bench.WordAt(*record, slot), record->RunTime(Builder::kData + 0x40));
  EXPECT_EQ(bench.WordAt(*record, size), 25u);
}

TYPED_TEST(RelocateTest, RelTakesItsAddendFromThePlace) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint32_t thing = builder.Define("thing", Builder::kData + 0x40);
  const uint64_t relative = builder.Word(Builder::kText + 8);
  const uint64_t symbol = builder.Word(static_cast<typename TypeParam::Addr>(-4));
  const uint64_t got = builder.Word(1234);
  builder.Rel(relative, A::kRelative);
  builder.Rel(symbol, A::kSymbol, thing);
  builder.Rel(got, A::kGlobDat, thing);
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*record, relative), record->RunTime(Builder::kText + 8));
  EXPECT_EQ(bench.WordAt(*record, symbol), record->RunTime(Builder::kData + 0x3c));
  EXPECT_EQ(bench.WordAt(*record, got), record->RunTime(Builder::kData + 0x40));
}

TYPED_TEST(RelocateTest, NarrowPlacesAreStoredInTheirWidth) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint32_t near = builder.Define("near", Builder::kData + 0x100);
  const uint32_t small = builder.Define("small", 0x7fff, {.shndx = elf::kShnAbs});
  const uint32_t tiny = builder.Define("tiny", 0xff, {.shndx = elf::kShnAbs});
  const uint64_t at = builder.Word(), at2 = builder.Word(), at3 = builder.Word();
  builder.Rela(at, A::kPc32, near, 4);
  builder.Rela(at2, A::kSigned16, small);
  builder.Rela(at3, A::kEither8, tiny);
  builder.Rela(at3 + 1, A::kEither8, tiny, static_cast<uint64_t>(-0x100));  // -1
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  const auto load = [&](uint64_t place, unsigned width) {
    return LoadWord<TypeParam>(record->image.At(place, width), width);
  };
  // S + A - P does not depend on the bias.
  EXPECT_EQ(load(at, 4), Builder::kData + 0x104 - at);
  EXPECT_EQ(load(at2, 2), 0x7fffu);
  EXPECT_EQ(load(at2 + 2, 2), 0u);
  EXPECT_EQ(load(at3, 2), static_cast<typename TypeParam::Addr>(-1));
  EXPECT_EQ(load(at3 + 2, 2), 0u);
}

TYPED_TEST(RelocateTest, ResultsThatDoNotFitAreRefused) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  const auto refused = [this](uint32_t type, uint64_t value, unsigned bits) {
    Builder builder("x.so");
    const uint64_t at = builder.Word();
    builder.Rela(at, type, builder.Define("s", value, {.shndx = elf::kShnAbs}));
    Report expected = this->At(Error::kOverflow, at, type);
    expected.symbol = "s";
    expected.value = value;
    expected.limit = bits;
    return this->Refused(builder, expected);
  };
  EXPECT_TRUE(refused(A::kSigned16, 0x8000, 16));
  EXPECT_TRUE(refused(A::kEither8, 0x100, 8));
  if (TypeParam::k64) {
    EXPECT_TRUE(refused(A::kSymbol32, 0x100000000, 32));
    EXPECT_TRUE(refused(A::kSymbol32, 0xffffffff80000000, 32));
  }
}

TYPED_TEST(RelocateTest, AbsoluteSymbolsHaveNoBias) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint64_t at = builder.Word();
  builder.Rela(at, A::kSymbol, builder.Define("abs", 0x1234, {.shndx = elf::kShnAbs}), 1);
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*record, at), 0x1235u);
}

TYPED_TEST(RelocateTest, SymbolZeroLocalsAndSectionsMeanTheImageItself) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint64_t zero = builder.Word(), local = builder.Word(), section = builder.Word();
  builder.Rela(zero, A::kSymbol, 0, 0x10);
  builder.Rela(local, A::kSymbol,
               builder.Define("l", Builder::kData + 8, {.bind = elf::kStbLocal}));
  builder.Rela(section, A::kSymbol, builder.Define("", Builder::kData, {.type = elf::kSttSection}),
               4);
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*record, zero), record->RunTime(0x10));
  EXPECT_EQ(bench.WordAt(*record, local), record->RunTime(Builder::kData + 8));
  EXPECT_EQ(bench.WordAt(*record, section), record->RunTime(Builder::kData + 4));
}

TYPED_TEST(RelocateTest, WeakUndefinedIsZeroAndListed) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint64_t word = builder.Word(9), slot = builder.Word(9);
  const uint32_t weak = builder.Refer("weak", {.bind = elf::kStbWeak});
  builder.Rela(word, A::kSymbol, weak, 0);
  builder.JmpRela(slot, A::kJumpSlot, weak);
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*record, word), 0u);
  EXPECT_EQ(bench.WordAt(*record, slot), 0u);
  ASSERT_EQ(bench.diagnostics.warnings().size(), 1u);
  EXPECT_TRUE(
      Matches(bench.diagnostics.warnings()[0],
              {{.error = Error::kWeakUndefined, .image = "x.so", .symbol = "weak", .count = 2}}));
}

// gABI, "Symbol Table": unresolved weak symbols have the value 0. Whoever adds the place to a whole
// word finds that they are not there, which is what glibc stores on six CPUs.
TYPED_TEST(RelocateTest, WeakUndefinedIsZeroSeenFromThePlace) {
  using A = typename TestFixture::A;
  using Addr = typename TypeParam::Addr;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint32_t weak = builder.Refer("weak", {.bind = elf::kStbWeak});
  const uint64_t whole = builder.Word(9), with_addend = builder.Word(9), rel = builder.Word(9);
  const uint64_t half = builder.Word(9);
  builder.Rela(whole, A::kPc, weak);
  builder.Rela(with_addend, A::kPc, weak, static_cast<uint64_t>(-4));
  builder.Rel(rel, A::kPc, weak);
  builder.Rela(half, A::kPc32, weak, static_cast<uint64_t>(-4));
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  const auto seen_from = [&](uint64_t place) {
    return static_cast<Addr>(bench.WordAt(*record, place) + record->RunTime(place));
  };
  EXPECT_EQ(seen_from(whole), 0u);
  EXPECT_EQ(seen_from(with_addend), static_cast<Addr>(-4));
  EXPECT_EQ(seen_from(rel), 9u);
  // Where half a word cannot hold that distance, it is as if the symbol stood at the place: a call
  // of it is guarded, and must not overflow.
  const Addr stored = LoadWord<TypeParam>(record->image.At(half, 4), 4);
  const Addr place = TypeParam::k64 ? 0 : record->RunTime(half);
  EXPECT_EQ(static_cast<Addr>(stored + place), static_cast<Addr>(-4));
}

TYPED_TEST(RelocateTest, LongRelrRunsAreAppliedOnce) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  // 300 words in a row: more than four bitmaps of either width; then some with gaps.
  std::vector<uint64_t> places, gaps;
  for (int i = 0; i < 300; ++i) places.push_back(builder.Word(Builder::kText + 4 * i));
  for (int i = 0; i < 100; ++i) {
    const uint64_t at = builder.Word(Builder::kText);
    (i % 3 == 0 ? places : gaps).push_back(at);
  }
  builder.RelrWords(Builder::RelrOf(places));
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  for (size_t i = 0; i < 300; ++i) {
    ASSERT_EQ(bench.WordAt(*record, places[i]), record->RunTime(Builder::kText + 4 * i)) << i;
  }
  for (size_t i = 300; i < places.size(); ++i) {
    ASSERT_EQ(bench.WordAt(*record, places[i]), record->RunTime(Builder::kText)) << i;
  }
  for (const uint64_t gap : gaps) EXPECT_EQ(bench.WordAt(*record, gap), Builder::kText);
}

TYPED_TEST(RelocateTest, CustomOperationsLoadResolveAndStore) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint64_t at = builder.Room(4);
  const uint32_t thing = builder.Define("thing", 0x12345600, {.shndx = elf::kShnAbs});
  builder.Rela(at, A::kCustom, thing, 0x100);
  builder.edit_bytes = [&](std::vector<std::byte>& bytes) {
    StoreWord<TypeParam>(bytes.data() + bytes.size() - builder.data_size, 4, 0xaabbccdd);
  };
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(static_cast<uint32_t>(LoadWord<TypeParam>(record->image.At(at, 4), 4)), 0x123457ddu);
}

TYPED_TEST(RelocateTest, UnknownAndLinkOnlyTypesAreRefused) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  Builder unknown("x.so");
  const uint64_t at = unknown.Word();
  unknown.Rela(at, 0xee);
  EXPECT_TRUE(this->Refused(unknown, this->At(Error::kUnknownRelocation, at, 0xee)));
  Builder link_only("x.so");
  link_only.Rela(link_only.Word(), A::kLinkOnly);
  EXPECT_TRUE(this->Refused(link_only, this->At(Error::kRefusedRelocation, at, A::kLinkOnly)));
}

TYPED_TEST(RelocateTest, PlacesLieInWritableSegmentsOfTheImage) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  const uint64_t end = Builder::kData + 0x3000 + 0x100;
  for (const uint64_t place : {uint64_t{0}, Builder::kBase + 0x200, Builder::kText, end - kWord + 2,
                               uint64_t{0xfffffff0}}) {
    SCOPED_TRACE(place);
    Builder symbolic("x.so");
    const uint32_t thing = symbolic.Define("thing", Builder::kData);
    symbolic.Rela(place, A::kSymbol, thing);
    EXPECT_TRUE(this->Refused(symbolic, this->At(Error::kBadPlace, place, A::kSymbol)));
    Builder relative("x.so");
    relative.Rela(place, A::kRelative, 0, Builder::kText);
    EXPECT_TRUE(this->Refused(
        relative,
        {.error = Error::kBadPlace, .has_place = true, .detail = "DT_RELA", .place = place}));
    Builder relr("x.so");
    relr.RelrWords({place & ~uint64_t{1}});
    EXPECT_TRUE(this->Refused(relr, {.error = Error::kBadPlace,
                                     .has_place = true,
                                     .detail = "DT_RELR",
                                     .place = place & ~uint64_t{1}}));
  }
  // The last word of the bss and the first of RELRO are places.
  Builder good("x.so");
  good.Rela(end - kWord, A::kRelative, 0, Builder::kText);
  good.Rela(Builder::kRelroData, A::kRelative, 0, Builder::kText);
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  EXPECT_NE(this->Link(bench, good), nullptr) << bench.diagnostics.text();
}

TYPED_TEST(RelocateTest, RelativeValuesLieInTheImage) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  const uint64_t high = Builder::kData + 0x4000;
  for (const uint64_t value : {Builder::kBase - 1, high + 1, uint64_t{0}}) {
    Builder rela("x.so");
    const uint64_t at = rela.Word(value);
    rela.Rela(at, A::kRelative, 0, value);
    EXPECT_TRUE(this->Refused(rela, {.error = Error::kBadTarget,
                                     .has_place = true,
                                     .detail = "DT_RELA",
                                     .place = at,
                                     .value = value}));
    Builder relr("x.so");
    relr.Word(value);
    relr.RelrWords({at});
    EXPECT_TRUE(this->Refused(relr, {.error = Error::kBadTarget,
                                     .has_place = true,
                                     .detail = "DT_RELR",
                                     .place = at,
                                     .value = value}));
  }
  Builder end("x.so");
  end.Rela(end.Word(), A::kRelative, 0, high);
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  EXPECT_NE(this->Link(bench, end), nullptr) << bench.diagnostics.text();
}

TYPED_TEST(RelocateTest, RelrThatBeginsWithABitmapIsRefused) {
  typename TestFixture::Builder builder("x.so");
  builder.RelrWords({3});
  EXPECT_TRUE(this->Refused(builder,
                            {.error = Error::kBadTable, .detail = "DT_RELR begins with a bitmap"}));
}

TYPED_TEST(RelocateTest, SymbolIndicesAreBounded) {
  using A = typename TestFixture::A;
  typename TestFixture::Builder builder("x.so");
  const uint64_t at = builder.Word();
  builder.Rela(at, A::kSymbol, 0xfffff0);
  Report expected = this->At(Error::kBadSymbolIndex, at, A::kSymbol);
  expected.value = 0xfffff0;
  EXPECT_TRUE(this->Refused(builder, expected));
  // One that is refused whatever its symbol is: that has no name.
  typename TestFixture::Builder copy("x.so");
  copy.JmpRela(at, A::kCopy, 0xfffff0);
  EXPECT_TRUE(this->Refused(copy, this->At(Error::kCopyRelocation, at, A::kCopy)));
}

// The symbol table has as many entries as its segment has room for in the file.
TYPED_TEST(RelocateTest, TheIndexBehindTheLastSymbolIsRefused) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  const auto build = [](uint32_t index, uint64_t& at) {
    Builder builder("x.so");
    at = builder.Word();
    builder.Rela(at, A::kSymbol, index);
    return builder;
  };
  uint64_t at = 0;
  uint32_t size = 0;
  {
    typename TestFixture::ModuleBench bench(kKernelPolicy);
    Builder sound = build(0, at);
    auto* record = this->Link(bench, sound);
    ASSERT_NE(record, nullptr) << bench.diagnostics.text();
    size = static_cast<uint32_t>(record->dynamic.symbols.size());
  }
  Builder wild = build(size, at);
  Report expected = this->At(Error::kBadSymbolIndex, at, A::kSymbol);
  expected.value = size;
  EXPECT_TRUE(this->Refused(wild, expected));
}

// Whoever does not check what words point to takes every word there is, the highest too.
TYPED_TEST(RelocateTest, UncheckedRelativeValuesMayBeAny) {
  using Builder = typename TestFixture::Builder;
  using Addr = typename TypeParam::Addr;
  Policy policy = kKernelPolicy;
  policy.check_targets = false;
  typename TestFixture::ModuleBench bench(policy);
  Builder builder("x.so");
  const uint64_t at = builder.Word(static_cast<Addr>(-1));
  builder.RelrWords({at});
  auto* record = this->Link(bench, builder);
  ASSERT_NE(record, nullptr) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*record, at), static_cast<Addr>(record->bias - 1));
}

TYPED_TEST(RelocateTest, ThreadLocalsUseTheirImagesPlace) {
  using A = typename TestFixture::A;
  using Addr = typename TypeParam::Addr;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder owner("owner.so");
  owner.Segment(elf::kPtTls, Builder::kData, 0x40, elf::kPfR);
  owner.Define("variable", 0x18, {.type = elf::kSttTls});
  Builder user("x.so");
  user.Needed("owner.so");
  const uint32_t variable = user.Refer("variable", {.type = elf::kSttTls});
  const uint32_t absent = user.Refer("absent", {.bind = elf::kStbWeak, .type = elf::kSttTls});
  const uint64_t module = user.Word(), offset = user.Word(), tp = user.Word(), own = user.Word();
  const uint64_t distance = user.Word();
  const uint64_t missing = user.Word(9), missing_distance = user.Word(9);
  user.Rela(module, A::kTlsModule, variable);
  user.Rela(offset, A::kTlsOffset, variable, 4);
  user.Rela(tp, A::kTpOffset, variable, 4);
  user.Rela(distance, A::kTpDistance, variable, 4);
  user.Rela(own, A::kTlsModule);
  user.Rela(missing, A::kTlsModule, absent);
  user.Rela(missing_distance, A::kTpDistance, absent, 3);
  bench.AddLibrary("owner.so", owner.Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("x.so", user.Build())));
  ASSERT_TRUE(session->Plan() && session->Map());
  auto& record = *session->records()[0];
  auto& provider = *session->records()[1];
  ASSERT_TRUE(provider.plan.tls.present());
  record.tls_module = 7;
  provider.tls_module = 5;
  provider.tls_offset = -0x80;
  provider.tls_static = true;
  ASSERT_TRUE(session->Relocate()) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(record, module), 5u);
  EXPECT_EQ(bench.WordAt(record, offset), static_cast<Addr>(0x1c - 0x800));
  EXPECT_EQ(bench.WordAt(record, tp), static_cast<Addr>(0x1c - 0x80));
  EXPECT_EQ(bench.WordAt(record, distance), 0x4u - 0x18 + 0x80);
  EXPECT_EQ(bench.WordAt(record, own), 7u);
  EXPECT_EQ(bench.WordAt(record, missing), 0u);
  EXPECT_EQ(bench.WordAt(record, missing_distance), 3u);
}

TYPED_TEST(RelocateTest, ThreadLocalsWithoutAPlaceAreRefused) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  for (const uint32_t type : {A::kTpOffset, A::kTpDistance}) {
    Builder builder("x.so");
    const uint64_t at = builder.Word();
    builder.Rela(at, type, builder.Define("v", 8, {.type = elf::kSttTls}));
    Report expected = this->At(Error::kTlsNotStatic, at, type);
    expected.symbol = "v";
    EXPECT_TRUE(this->Refused(builder, expected, kProgramPolicy));
    expected = this->At(Error::kThreadLocal, at, type);
    expected.symbol = "v";
    EXPECT_TRUE(this->Refused(builder, expected, kKernelPolicy));
  }
  Builder descriptor("x.so");
  const uint64_t at2 = descriptor.Word();
  descriptor.Word();
  descriptor.Rela(at2, A::kTlsDesc, 0);
  Report expected = this->At(Error::kUnsupported, at2, A::kTlsDesc);
  expected.detail = "TLS descriptors";
  EXPECT_TRUE(this->Refused(descriptor, expected, kProgramPolicy));
}

TYPED_TEST(RelocateTest, AllErrorsOfAnImageAreTold) {
  using A = typename TestFixture::A;
  typename TestFixture::Builder builder("x.so");
  builder.Rela(builder.Word(), 0xee);
  builder.Rela(builder.Word(), A::kSymbol, builder.Refer("nowhere"));
  builder.Rela(0, A::kSymbol, 0);
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  EXPECT_EQ(this->Link(bench, builder), nullptr);
  ASSERT_EQ(bench.diagnostics.errors().size(), 3u);
  EXPECT_EQ(bench.diagnostics.errors()[0].flat.error, Error::kUnknownRelocation);
  EXPECT_EQ(bench.diagnostics.errors()[1].flat.error, Error::kBadPlace);
  EXPECT_EQ(bench.diagnostics.errors()[2].flat.error, Error::kUndefinedSymbol);
}

}  // namespace
}  // namespace rtld
