// SPDX-License-Identifier: BSD-2-Clause
//
// Members of the contract that few CPUs have: entries that name a symbol or none, a table that is
// relocated without entries, canonical PLT entries that are marked, a translated hash table, TLS
// descriptors whose argument comes first, undefined weak symbols at the place, resolvers that get a
// block.

#include <gtest/gtest.h>

#include <cstring>
#include <utility>
#include <vector>

#include "rtld_shared/link/call_resolver.h"
#include "rtld_shared/link/relocate.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using testing::Bench;
using testing::OnlyError;

struct TranslatedLayout : elf::Layout32Be {
  static constexpr bool kTranslatedHash = true;
};

// DT_PLTGOT has a word for each symbol from kDtFirst to kDtEnd.
struct Odd : arch::Exemplar<TranslatedLayout> {
  static constexpr uint64_t kDtFirst = 0x70000002, kDtEnd = 0x70000003, kDtXhash = 0x70000004;
  struct DynamicTags {
    uint64_t first = 0, end = 0, hash = 0;
  };
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    if (tag == kDtFirst) tags.first = value;
    if (tag == kDtEnd) tags.end = value;
    if (tag == kDtXhash) tags.hash = value;
  }
  static constexpr arch::TranslatedHash HashOf(const DynamicTags& tags) {
    return {.table = tags.hash, .symbols = tags.end};
  }
  static constexpr bool IsPltAddress(uint8_t st_other) { return (st_other & 8) != 0; }
  template <class Context>
  [[nodiscard]] static constexpr bool PreRelocate(Context& context) {
    context.place = static_cast<Addr>(context.module().dynamic.plt_got);
    for (uint64_t i = context.tags().first; i < context.tags().end; ++i) {
      bool ok = true;
      context.detail = "the odd table";
      context.type = kGlobDat;
      context.symbol = static_cast<uint32_t>(i);
      static_cast<void>(context.Load(context.place, 4, ok));
      const Addr value = ok ? context.Resolve(ok) : 0;
      if (!ok || !context.Store(context.place, 4, value)) return false;
      context.place += 4;
    }
    return true;
  }
};

using OddBuilder = testing::ImageBuilder<Odd>;
using OddBench = Bench<testing::TestSeams<Odd, ProgramScope>>;

TEST(Optional, EntriesWithoutASymbolAddTheBias) {
  OddBench bench(kProgramPolicy);
  OddBuilder builder("x.so");
  const uint32_t thing = builder.Define("thing", OddBuilder::kData + 0x40);
  const uint64_t named = builder.Word(7), unnamed = builder.Word(OddBuilder::kText + 4);
  builder.Rel(named, Odd::kSymbolOrBase, thing);
  builder.Rel(unnamed, Odd::kSymbolOrBase, 0);
  ASSERT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  auto& record = *bench.committed.back();
  EXPECT_EQ(bench.WordAt(record, named), record.RunTime(OddBuilder::kData + 0x47));
  EXPECT_EQ(bench.WordAt(record, unnamed), record.RunTime(OddBuilder::kText + 4));
}

// The one that names no symbol stands before one that adds the bias to the same word.
TEST(Optional, EntriesWithoutASymbolMayDoNothing) {
  OddBench bench(kProgramPolicy);
  OddBuilder builder("x.so");
  const uint32_t thing = builder.Define("thing", OddBuilder::kData + 0x40);
  const uint64_t named = builder.Word(7), unnamed = builder.Word(OddBuilder::kText + 4);
  builder.Rel(named, Odd::kSymbolOrNone, thing);
  builder.Rel(unnamed, Odd::kSymbolOrNone, 0);
  builder.Rel(unnamed, Odd::kSymbolOrBase, 0);
  ASSERT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  auto& record = *bench.committed.back();
  EXPECT_EQ(bench.WordAt(record, named), record.RunTime(OddBuilder::kData + 0x47));
  EXPECT_EQ(bench.WordAt(record, unnamed), record.RunTime(OddBuilder::kText + 4));
}

TEST(Optional, EntriesWithoutASymbolPointIntoTheImage) {
  Bench<testing::TestSeams<Odd>> bench(kKernelPolicy);
  OddBuilder builder("x.so");
  const uint64_t place = builder.Word(0x1000000);
  builder.Rel(place, Odd::kSymbolOrBase, 0);
  EXPECT_FALSE(bench.Link(bench.AddFile("x.so", builder.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadTarget,
                                             .has_place = true,
                                             .has_type = true,
                                             .image = "x.so",
                                             .type_name = "R_EX_SYMBOL_OR_BASE",
                                             .place = place,
                                             .value = 0x1000000,
                                             .type = Odd::kSymbolOrBase}}));
}

// The builder puts symbols in its own order: 1 is the reference, 2 the definition.
TEST(Optional, TablesWithoutEntriesAreRelocated) {
  OddBench bench(kProgramPolicy);
  OddBuilder builder("x.so"), provider("y.so");
  builder.Needed("y.so").Refer("there");
  builder.Define("here", OddBuilder::kData + 0x40);
  provider.Define("there", OddBuilder::kData + 0x80);
  const uint64_t table = builder.Word(1);
  EXPECT_EQ(builder.Word(2), table + 4);
  const uint64_t behind = builder.Word(3);
  builder.Dynamic(elf::kDtPltGot, table).Dynamic(Odd::kDtFirst, 1).Dynamic(Odd::kDtEnd, 3);
  bench.AddLibrary("y.so", provider.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  auto& record = *bench.Find("x.so");
  EXPECT_EQ(bench.WordAt(record, table), bench.Find("y.so")->RunTime(OddBuilder::kData + 0x80));
  EXPECT_EQ(bench.WordAt(record, table + 4), record.RunTime(OddBuilder::kData + 0x40));
  EXPECT_EQ(bench.WordAt(record, behind), 3u);
}

TEST(Optional, TablesWithoutEntriesTellWhatIsUndefined) {
  OddBench bench(kProgramPolicy);
  OddBuilder builder("x.so");
  builder.Refer("nowhere");
  const uint64_t table = builder.Word(1);
  builder.Dynamic(elf::kDtPltGot, table).Dynamic(Odd::kDtFirst, 1).Dynamic(Odd::kDtEnd, 2);
  EXPECT_FALSE(bench.Link(bench.AddFile("x.so", builder.Build())));
  ASSERT_EQ(bench.diagnostics.errors().size(), 1u);
  const Report& report = bench.diagnostics.errors()[0].flat;
  EXPECT_EQ(report.error, Error::kUndefinedSymbol);
  EXPECT_EQ(report.symbol, "nowhere");
  EXPECT_EQ(report.place, table);
  EXPECT_EQ(report.type, Odd::kGlobDat);
}

TEST(Optional, TablesWithoutEntriesStayInWritableSegments) {
  const OddBuilder layout("x.so");
  const uint64_t end = OddBuilder::kData + layout.data_size + layout.bss_size;
  for (const uint64_t table : {uint64_t{OddBuilder::kText}, end - 4, end}) {
    SCOPED_TRACE(table);
    OddBench bench(kProgramPolicy);
    OddBuilder builder("x.so");
    builder.Define("a", OddBuilder::kData);
    builder.Define("b", OddBuilder::kData);
    builder.Dynamic(elf::kDtPltGot, table).Dynamic(Odd::kDtFirst, 1).Dynamic(Odd::kDtEnd, 3);
    EXPECT_FALSE(bench.Link(bench.AddFile("x.so", builder.Build())));
    EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadTable,
                                               .has_place = true,
                                               .image = "x.so",
                                               .detail = "the odd table",
                                               .place = table == end - 4 ? end : table}}));
  }
}

// Resolves before it looks at the place.
struct Late : arch::Exemplar<elf::Layout64Le> {
  template <class Context>
  [[nodiscard]] static constexpr bool ApplyCustom(Context& context) {
    bool ok = true;
    const Addr value = context.Resolve(ok);
    return ok && context.Store(context.place, 4, value);
  }
};

// A weak symbol that is told as undefined is no reason for what failed; a strong one is told
// instead.
TEST(Optional, CustomOperationsFailLoudlyWhateverIsUndefined) {
  using Builder = testing::ImageBuilder<Late>;
  for (const bool weak : {false, true}) {
    Bench<testing::TestSeams<Late>> bench(kKernelPolicy);
    Builder builder("x.so");
    const uint32_t symbol =
        builder.Refer("nowhere", {.bind = weak ? elf::kStbWeak : elf::kStbGlobal});
    builder.Rela(Builder::kText, Late::kCustom, symbol);
    EXPECT_FALSE(bench.Link(bench.AddFile("x.so", builder.Build())));
    ASSERT_EQ(bench.diagnostics.errors().size(), 1u);
    const Report& report = bench.diagnostics.errors()[0].flat;
    EXPECT_EQ(report.error, weak ? Error::kBadPlace : Error::kUndefinedSymbol);
    EXPECT_EQ(report.place, Builder::kText);
    EXPECT_EQ(bench.diagnostics.warnings().size(), weak ? 1u : 0u);
  }
}

// x.so has f as an undefined function with a value, which is marked or is not.
TEST(Optional, OnlyMarkedValuesAreCanonicalPltEntries) {
  for (const uint8_t type : {elf::kSttFunc, elf::kSttNoType}) {
    for (const uint8_t mark : {0, 8}) {
      OddBench bench(kProgramPolicy);
      OddBuilder user("x.so"), provider("y.so");
      const uint64_t word = user.Word();
      const uint32_t f = user.Define("f", OddBuilder::kText + 0x30,
                                     {.type = type, .visibility = mark, .shndx = elf::kShnUndef});
      user.Needed("y.so").Rela(word, Odd::kSymbol, f);
      provider.Define("f", OddBuilder::kText + 8, {.type = type});
      bench.AddLibrary("y.so", provider.Build());
      ASSERT_TRUE(bench.Link(bench.AddFile("x.so", user.Build()))) << bench.diagnostics.text();
      auto& own = *bench.Find("x.so");
      auto& other = *bench.Find("y.so");
      EXPECT_EQ(bench.WordAt(own, word), mark != 0 ? own.RunTime(OddBuilder::kText + 0x30)
                                                   : other.RunTime(OddBuilder::kText + 8));
    }
  }
}

// Gives descriptors the function 0xf0 and, as an argument, offset and addend.
template <class A>
struct DescriptorHook {
  using Addr = typename A::Layout::Addr;
  [[nodiscard]] bool TlsDescriptor(const Definition<A>& symbol, Addr addend, Addr words[2]) const {
    words[0] = 0xf0;
    words[1] = (symbol.module == nullptr ? 0x1000 : symbol.symbol->value.get()) + addend;
    return true;
  }
};

template <class A>
struct DescriptorSeams : testing::TestSeams<A, ProgramScope> {
  using Hook = DescriptorHook<A>;
};

struct ArgumentFirst : arch::Exemplar<elf::Layout32Le> {
  struct Tls : arch::Exemplar<elf::Layout32Le>::Tls {
    static constexpr bool kArgumentFirst = true;
  };
};
static_assert(arch::kHasArgumentFirst<ArgumentFirst>);
static_assert(!arch::kHasArgumentFirst<arch::Exemplar<elf::Layout32Le>>);

// What linking makes of a descriptor, whose words are these: {first, second}.
template <class A>
std::pair<uint64_t, uint64_t> Descriptor(bool rela, bool named, uint64_t first, uint64_t second) {
  using Builder = testing::ImageBuilder<A>;
  Bench<DescriptorSeams<A>> bench(kProgramPolicy);
  Builder builder("x.so");
  builder.Segment(elf::kPtTls, Builder::kData, 0x40, elf::kPfR);
  const uint32_t variable = builder.Define("variable", 0x10, {.type = elf::kSttTls});
  const uint64_t at = builder.Word(first), behind = builder.Word(second);
  const uint32_t symbol = named ? variable : 0;
  if (rela) {
    builder.Rela(at, A::kTlsDesc, symbol, 4);
  } else {
    builder.Rel(at, A::kTlsDesc, symbol);
  }
  EXPECT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  auto* const record = bench.Find("x.so");
  if (record == nullptr) return {};
  return {bench.WordAt(*record, at), bench.WordAt(*record, behind)};
}

TEST(Optional, TlsDescriptorsAreAFunctionAndItsArgument) {
  using A = arch::Exemplar<elf::Layout32Le>;
  using Words = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(Descriptor<A>(false, false, 7, 8), Words(0xf0, 8));
  EXPECT_EQ(Descriptor<A>(false, true, 7, 8), Words(0xf0, 0x18));
  EXPECT_EQ(Descriptor<A>(true, false, 7, 8), Words(0xf0, 4));
  EXPECT_EQ(Descriptor<A>(true, true, 7, 8), Words(0xf0, 0x14));
}

// Or the argument and the function. Then a linker leaves the number of the symbol where an addend
// would be.
TEST(Optional, TlsDescriptorsMayHaveTheirArgumentFirst) {
  using A = ArgumentFirst;
  using Words = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(Descriptor<A>(false, false, 8, 7), Words(8, 0xf0));
  EXPECT_EQ(Descriptor<A>(false, true, 0x80000006, 7), Words(0x10, 0xf0));
  EXPECT_EQ(Descriptor<A>(true, false, 8, 7), Words(4, 0xf0));
  EXPECT_EQ(Descriptor<A>(true, true, 0x80000006, 7), Words(0x14, 0xf0));
}

struct WeakAtPlace : arch::Exemplar<elf::Layout64Be> {
  static constexpr bool kWeakAtPlace = true;
};
static_assert(arch::kHasWeakAtPlace<WeakAtPlace>);
static_assert(!arch::kHasWeakAtPlace<arch::Exemplar<elf::Layout64Be>>);

TEST(Optional, UndefinedWeakSymbolsMayBeAtThePlace) {
  using A = WeakAtPlace;
  using Builder = testing::ImageBuilder<A>;
  Bench<testing::TestSeams<A>> bench(kKernelPolicy);
  Builder builder("x.so");
  const uint32_t weak = builder.Refer("weak", {.bind = elf::kStbWeak});
  const uint64_t whole = builder.Word(9), half = builder.Word(9), word = builder.Word(9);
  builder.Rela(whole, A::kPc, weak, 0x20);
  builder.Rela(half, A::kPc32, weak, 0x20);
  builder.Rela(word, A::kSymbol, weak, 0x20);
  ASSERT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  auto& record = *bench.committed.back();
  EXPECT_EQ(bench.WordAt(record, whole), 0x20u);
  EXPECT_EQ(LoadWord<A::Layout>(record.image.At(half, 4), 4), 0x20u);
  EXPECT_EQ(bench.WordAt(record, word), 0x20u);
}

struct WithBlock : arch::Exemplar<elf::Layout64Le> {
  static constexpr uint64_t kResolverBlock = 1 << 30;
};
static_assert(arch::HasResolverBlock<WithBlock>);
static_assert(!arch::HasResolverBlock<arch::Exemplar<elf::Layout64Le>>);

// Of a resolver's call.
std::vector<uintptr_t> told;

// FreeBSD's resolvers take more than Linux' ever do.
uintptr_t ResolverOfWords(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                          uintptr_t f, uintptr_t g, uintptr_t h) {
  told = {a, b, c, d, e, f, g, h};
  return 7;
}
uintptr_t ResolverOfBlock(uintptr_t a, const uintptr_t* block) {
  told = {a, block[0], block[1], block[2]};
  return 8;
}

TEST(Optional, ResolversAreToldWhatTheCpuHas) {
  using Plain = arch::Exemplar<elf::Layout64Le>;
  EXPECT_EQ(CallResolver<Plain>(reinterpret_cast<uintptr_t>(ResolverOfWords), 5, 6), 7u);
  EXPECT_EQ(told, (std::vector<uintptr_t>{5, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(CallResolver<WithBlock>(reinterpret_cast<uintptr_t>(ResolverOfBlock), 5, 6), 8u);
  EXPECT_EQ(told, (std::vector<uintptr_t>{0x40000005, 3 * sizeof(uintptr_t), 5, 6}));
}

// A hash table in y.so's data, whose one chain word is that of symbol 1.
TEST(Optional, TranslatedHashesAreFoundByTheirTag) {
  for (const uint64_t symbols : {2, 3}) {
    OddBench bench(kProgramPolicy);
    OddBuilder user("x.so"), provider("y.so");
    const uint64_t word = user.Word();
    user.Needed("y.so").Rela(word, Odd::kSymbol, user.Refer("f"));
    provider.Define("f", OddBuilder::kData + 0x80);
    provider.sysv_hash = false;
    const uint32_t hash = SymbolName("f").hash;
    // One bucket, symbols from 1 on, one Bloom word that lets all pass; the bucket; the chain; the
    // translation.
    const uint64_t table = provider.Word(1);
    for (const uint64_t value : {uint64_t{1}, uint64_t{1}, uint64_t{5}, uint64_t{0xffffffff},
                                 uint64_t{1}, uint64_t{hash | 1}, uint64_t{1}}) {
      provider.Word(value);
    }
    provider.data_size = 0x20;
    provider.bss_size = 0;
    provider.Dynamic(Odd::kDtXhash, table)
        .Dynamic(Odd::kDtFirst, symbols)
        .Dynamic(Odd::kDtEnd, symbols);
    bench.AddLibrary("y.so", provider.Build());
    const bool linked = bench.Link(bench.AddFile("x.so", user.Build()));
    if (symbols == 2) {
      ASSERT_TRUE(linked) << bench.diagnostics.text();
      EXPECT_EQ(bench.WordAt(*bench.Find("x.so"), word),
                bench.Find("y.so")->RunTime(OddBuilder::kData + 0x80));
      continue;
    }
    // A second chain word and its translation would stand behind the segment.
    EXPECT_FALSE(linked);
    ASSERT_EQ(bench.diagnostics.errors().size(), 1u);
    EXPECT_EQ(bench.diagnostics.errors()[0].flat.error, Error::kBadTable);
    EXPECT_EQ(bench.diagnostics.errors()[0].flat.place, table);
  }
}

}  // namespace
}  // namespace rtld
