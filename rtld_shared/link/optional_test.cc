// SPDX-License-Identifier: BSD-2-Clause
//
// Members of the contract that few CPUs have: entries that name a symbol or none, a table that is
// relocated without entries, canonical PLT entries that are marked, a translated hash table.

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

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

// x.so and y.so have f as an undefined function with a value; y.so's is marked.
TEST(Optional, OnlyMarkedValuesAreCanonicalPltEntries) {
  for (const bool marked : {false, true}) {
    OddBench bench(kProgramPolicy);
    OddBuilder user("x.so"), provider("y.so");
    const uint64_t word = user.Word();
    user.Needed("y.so").Rela(word, Odd::kSymbol,
                             user.Define("f", OddBuilder::kText + 0x30,
                                         {.type = elf::kSttFunc,
                                          .visibility = static_cast<uint8_t>(marked ? 8 : 0),
                                          .shndx = elf::kShnUndef}));
    provider.Define("f", OddBuilder::kText + 8, {.type = elf::kSttFunc});
    bench.AddLibrary("y.so", provider.Build());
    ASSERT_TRUE(bench.Link(bench.AddFile("x.so", user.Build()))) << bench.diagnostics.text();
    auto& linked = *bench.Find("x.so");
    EXPECT_EQ(bench.WordAt(linked, word), marked
                                              ? linked.RunTime(OddBuilder::kText + 0x30)
                                              : bench.Find("y.so")->RunTime(OddBuilder::kText + 8));
  }
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
