// SPDX-License-Identifier: BSD-2-Clause
//
// Reading dynamic sections and versions: one test per defect with its exact report, what is taken
// where tables overlap, and what is passed over, over the four layouts.

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rtld_shared/testing/layouts.h"
#include "rtld_shared/testing/read_test.h"

namespace rtld {
namespace {

template <class L>
class DynamicTest : public testing::ReadTest<L> {};
TYPED_TEST_SUITE(DynamicTest, rtld::testing::Layouts);

TYPED_TEST(DynamicTest, BadDynamicEntriesAreNamed) {
  using Builder = typename TestFixture::Builder;
  using Entries = typename TestFixture::Entries;
  const auto set = [this](uint64_t tag, uint64_t value) { return this->SetTag(tag, value); };
  const auto drop = [this](uint64_t tag) { return this->DropTag(tag); };
  struct Case {
    Report report;
    std::function<void(Entries&)> edit;
  };
  const uint64_t wild = 0x7fff0000;
  const std::vector<Case> cases = {
      {{.error = Error::kBadDynamic, .detail = "DT_NULL"}, drop(elf::kDtNull)},
      {{.error = Error::kBadDynamic, .detail = "DT_STRTAB"}, drop(elf::kDtStrTab)},
      {{.error = Error::kBadDynamic, .detail = "DT_SYMTAB"}, drop(elf::kDtSymTab)},
      {{.error = Error::kBadDynamic, .detail = "DT_SYMENT", .value = 9}, set(elf::kDtSymEnt, 9)},
      {{.error = Error::kBadDynamic, .detail = "DT_RELAENT", .value = 5},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtRelaEnt, 5});
       }},
      {{.error = Error::kBadDynamic, .detail = "DT_RELENT", .value = 5},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtRelEnt, 5});
       }},
      {{.error = Error::kBadDynamic, .detail = "DT_RELRENT", .value = 5},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtRelrEnt, 5});
       }},
      {{.error = Error::kBadDynamic, .detail = "DT_PLTREL", .value = 0},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtPltRelSz, 24});
       }},
      // Nothing would relocate what only these tables name.
      {{.error = Error::kUnsupported,
        .detail = "DT_ANDROID_REL, relocations in Android's packed form"},
       [](Entries& e) {
         e.insert(e.begin(), {0x6000000f, 0});
       }},
      {{.error = Error::kUnsupported,
        .detail = "DT_ANDROID_RELA, relocations in Android's packed form"},
       [](Entries& e) {
         e.insert(e.begin(), {0x60000011, 0});
       }},
      {{.error = Error::kUnsupported, .detail = "DT_ANDROID_RELR, of Android before DT_RELR"},
       [](Entries& e) {
         e.insert(e.begin(), {0x6fffe000, 0});
       }},
      {{.error = Error::kBadDynamic, .detail = "DT_INIT_ARRAYSZ", .value = 3},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtInitArraySz, 3});
       }},
      {{.error = Error::kBadTable, .has_place = true, .detail = "DT_SYMTAB", .place = wild},
       set(elf::kDtSymTab, wild)},
      {{.error = Error::kBadTable, .has_place = true, .detail = "DT_GNU_HASH", .place = wild},
       set(elf::kDtGnuHash, wild)},
      {{.error = Error::kBadTable, .has_place = true, .detail = "DT_HASH", .place = wild},
       [=](Entries& e) {
         e.insert(e.begin(), {elf::kDtHash, wild});
       }},
      {{.error = Error::kBadTable, .has_place = true, .detail = "DT_VERSYM", .place = wild},
       [=](Entries& e) {
         e.insert(e.begin(), {elf::kDtVerSym, wild});
       }},
      {{.error = Error::kBadTable,
        .has_place = true,
        .detail = "DT_RELA",
        .place = Builder::kBase,
        .value = 0x7000000},
       [](Entries& e) {
         e.insert(e.begin(), {{elf::kDtRela, Builder::kBase}, {elf::kDtRelaSz, 0x7000000}});
       }},
      {{.error = Error::kBadTable,
        .has_place = true,
        .detail = "DT_RELR",
        .place = Builder::kBase + 1,
        .value = 8},
       [](Entries& e) {
         e.insert(e.begin(), {{elf::kDtRelr, Builder::kBase + 1}, {elf::kDtRelrSz, 8}});
       }},
      {{.error = Error::kBadString, .detail = "DT_SONAME", .value = 0x9999},
       set(elf::kDtSoname, 0x9999)},
      {{.error = Error::kBadString, .detail = "DT_NEEDED", .value = 0x9999},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtNeeded, 0x9999});
       }},
      {{.error = Error::kBadString, .detail = "DT_RUNPATH", .value = 0x9999},
       [](Entries& e) {
         e.insert(e.begin(), {elf::kDtRunPath, 0x9999});
       }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.report.detail);
    Builder builder("x.so");
    builder.edit_dynamic = test.edit;
    EXPECT_TRUE(this->Refused(builder, test.report));
    this->diagnostics.Clear();
    FreePlan(this->arena, this->plan);
  }
}

// Three arrays, each where its own tags say and as long.
TYPED_TEST(DynamicTest, ArraysOfFunctionsAreWhereTheirTagsSay) {
  using Builder = typename TestFixture::Builder;
  constexpr uint64_t kWord = Builder::kWord;
  Builder builder("x.so");
  builder.Dynamic(elf::kDtPreinitArray, Builder::kData);
  builder.Dynamic(elf::kDtPreinitArraySz, kWord);
  builder.Dynamic(elf::kDtInitArray, Builder::kData + 0x40);
  builder.Dynamic(elf::kDtInitArraySz, 2 * kWord);
  builder.Dynamic(elf::kDtFiniArray, Builder::kData + 0x80);
  builder.Dynamic(elf::kDtFiniArraySz, 3 * kWord);
  ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
  const auto& info = this->info;
  EXPECT_EQ(info.preinit_array.begin, Builder::kData);
  EXPECT_EQ(info.preinit_array.size, kWord);
  EXPECT_EQ(info.init_array.begin, Builder::kData + 0x40);
  EXPECT_EQ(info.init_array.size, 2 * kWord);
  EXPECT_EQ(info.fini_array.begin, Builder::kData + 0x80);
  EXPECT_EQ(info.fini_array.size, 3 * kWord);
}

TYPED_TEST(DynamicTest, StringTableMustEndWithNul) {
  typename TestFixture::Builder builder("x.so");
  builder.last_string = "open";
  EXPECT_FALSE(this->Read(builder.Build()));
  ASSERT_EQ(this->diagnostics.errors().size(), 1u);
  EXPECT_EQ(this->diagnostics.errors()[0].flat.detail, "DT_STRTAB without a NUL");
}

TYPED_TEST(DynamicTest, NoDynamicSectionIsRefused) {
  typename TestFixture::Builder builder("x.so");
  builder.edit_phdrs = [](auto& phdrs) { phdrs.erase(phdrs.begin() + 3); };
  EXPECT_TRUE(this->Refused(builder, {.error = Error::kNoDynamic}));
}

// Where DT_RELA and DT_JMPREL lie in a table of five entries, and what is taken as whose:
//
//   0 1 2 3 4         0 1 2 3 4         0 1 2 3 4
//   r r r r r         r r r             r r r r r
//         p p             p p p           p p        no end of r is left: all are r's
struct Overlap {
  uint64_t first, count;          // DT_RELA, in entries
  uint64_t plt_first, plt_count;  // DT_JMPREL
  uint64_t wanted, plt_wanted;    // how many are taken
};

template <class L, class Builder>
void PlaceJmprel(Builder& builder, const Overlap& overlap, uint64_t shift = 0) {
  builder.edit_dynamic = [=](auto& entries) {
    constexpr uint64_t kSize = sizeof(typename L::Rela);
    uint64_t table = 0;
    for (auto& entry : entries) {
      if (entry.first == elf::kDtRela) {
        table = entry.second;
        entry.second += overlap.first * kSize;
      }
      if (entry.first == elf::kDtRelaSz) entry.second = overlap.count * kSize;
    }
    entries.insert(entries.begin(), {{elf::kDtJmpRel, table + overlap.plt_first * kSize + shift},
                                     {elf::kDtPltRelSz, overlap.plt_count * kSize},
                                     {elf::kDtPltRel, elf::kDtRela}});
  };
}

TYPED_TEST(DynamicTest, EntriesOfBothRelaAndJmprelAreTakenOnce) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  constexpr Overlap kOverlaps[] = {
      {0, 2, 2, 3, 2, 3},  // none
      {0, 5, 3, 2, 3, 2}, {0, 5, 0, 2, 3, 2}, {0, 5, 0, 5, 0, 5}, {1, 2, 0, 5, 0, 5},
      {0, 3, 2, 3, 2, 3}, {2, 3, 0, 3, 2, 3}, {0, 5, 1, 2, 5, 0},
  };
  for (const Overlap& overlap : kOverlaps) {
    SCOPED_TRACE(::testing::Message() << overlap.first << "+" << overlap.count << ", "
                                      << overlap.plt_first << "+" << overlap.plt_count);
    Builder builder("x.so");
    const uint64_t word = builder.Word();
    for (uint64_t i = 0; i < 5; ++i) builder.Rela(word, A::kRelative, 0, Builder::kText + i);
    PlaceJmprel<TypeParam>(builder, overlap);
    ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
    EXPECT_EQ(this->info.rela.size(), overlap.wanted);
    EXPECT_EQ(this->info.jmprela.size(), overlap.plt_wanted);
    std::set<uint64_t> seen;
    for (const auto& entry : this->info.rela) seen.insert(entry.addend);
    for (const auto& entry : this->info.jmprela) seen.insert(entry.addend);
    EXPECT_EQ(seen.size(), overlap.wanted + overlap.plt_wanted) << "taken twice";
    FreePlan(this->arena, this->plan);
    FreeArray(this->arena, this->versions);
    this->plan = {};
    this->versions = {};
    this->info = {};
  }
}

TYPED_TEST(DynamicTest, JmprelAcrossRelaEntriesIsRefused) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  Builder builder("x.so");
  const uint64_t word = builder.Word();
  for (int i = 0; i < 5; ++i) builder.Rela(word, A::kRelative, 0, Builder::kText);
  PlaceJmprel<TypeParam>(builder, {0, 5, 1, 2, 0, 0}, sizeof(typename TypeParam::Rela) / 2);
  EXPECT_FALSE(this->Read(builder.Build()));
  ASSERT_EQ(this->diagnostics.errors().size(), 1u);
  EXPECT_EQ(this->diagnostics.errors()[0].flat.detail, "DT_JMPREL across other entries");
}

TYPED_TEST(DynamicTest, IgnoredTagsAreWarnings) {
  typename TestFixture::Builder builder("x.so");
  builder.DynamicString(elf::kDtRunPath, "/somewhere").Dynamic(0x6000000, 1);
  ASSERT_TRUE(this->Read(builder.Build()));
  ASSERT_EQ(this->diagnostics.warnings().size(), 2u);
  EXPECT_TRUE(
      Matches(this->diagnostics.warnings()[0],
              {{.error = Error::kIgnoredTag, .detail = "unknown tag", .value = 0x6000000}}));
  EXPECT_TRUE(Matches(this->diagnostics.warnings()[1],
                      {{.error = Error::kIgnoredTag, .detail = "DT_RUNPATH"}}));
  EXPECT_EQ(this->info.runpath, "/somewhere");
}

// Those of systems (DT_LOOS and above) are for whom they concern.
TYPED_TEST(DynamicTest, OnlyTagsOfTheGenericRangeAreWarnedOf) {
  typename TestFixture::Builder builder("x.so");
  builder.Dynamic(elf::kDtLoOs - 1, 1).Dynamic(elf::kDtLoOs, 1);
  ASSERT_TRUE(this->Read(builder.Build()));
  ASSERT_EQ(this->diagnostics.warnings().size(), 1u);
  EXPECT_EQ(this->diagnostics.warnings()[0].flat.value, elf::kDtLoOs - 1);
}

// DT_GNU_HASH has only what is defined: without a definition it does not tell.
TYPED_TEST(DynamicTest, SymbolsAreCountedByTheTableThatHasAll) {
  for (const bool both : {false, true}) {
    typename TestFixture::Builder builder("x.so");
    builder.sysv_hash = true;
    builder.gnu_hash = both;
    builder.Refer("one");
    builder.Refer("two");
    ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
    EXPECT_EQ(this->info.SymbolCount(), 3u) << both;
    FreePlan(this->arena, this->plan);
    FreeArray(this->arena, this->versions);
    this->info = {};
  }
}

TYPED_TEST(DynamicTest, BadVersionTablesAreNamed) {
  using Builder = typename TestFixture::Builder;
  const auto build = [](auto edit) {
    Builder builder("x.so");
    builder.Define("d", Builder::kData, {.version = "V_1"});
    builder.Refer("r", {.version = "A_2", .file = "a.so"});
    builder.edit_dynamic = edit;
    return builder.Build();
  };
  const auto refused = [&](std::string_view why) {
    const bool told = this->diagnostics.errors().size() == 1 &&
                      this->diagnostics.errors()[0].flat.error == Error::kBadVersion &&
                      this->diagnostics.errors()[0].flat.detail == why;
    const std::string text = this->diagnostics.text();
    this->diagnostics.Clear();
    FreePlan(this->arena, this->plan);
    return told ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << text;
  };
  EXPECT_FALSE(this->Read(build(this->SetTag(elf::kDtVerDef, 0x7fff0000))));
  EXPECT_TRUE(refused("a DT_VERDEF entry is outside the image"));
  EXPECT_FALSE(this->Read(build(this->SetTag(elf::kDtVerNeed, 0x7fff0000))));
  EXPECT_TRUE(refused("a DT_VERNEED entry is outside the image"));
  // One more entry than there are: `next` of the last is 0.
  EXPECT_FALSE(this->Read(build(this->SetTag(elf::kDtVerDefNum, 3))));
  EXPECT_TRUE(refused("vd_next"));
  EXPECT_FALSE(this->Read(build(this->SetTag(elf::kDtVerNeedNum, 2))));
  EXPECT_TRUE(refused("vn_next"));
  // Text where a version entry should be.
  EXPECT_FALSE(this->Read(build(this->SetTag(elf::kDtVerDef, Builder::kBase))));
  EXPECT_TRUE(refused("vd_version"));
  EXPECT_FALSE(this->Read(build(this->SetTag(elf::kDtVerNeed, Builder::kBase))));
  EXPECT_TRUE(refused("vn_version"));
}

TYPED_TEST(DynamicTest, VersionHashesAndIndicesAreChecked) {
  using Builder = typename TestFixture::Builder;
  using Verdef = typename TypeParam::Verdef;
  const auto build = [](auto edit) {
    Builder builder("x.so");
    builder.Define("d", Builder::kData, {.version = "V_1"});
    uint64_t at = 0;
    builder.edit_dynamic = [&at](auto& entries) {
      for (const auto& entry : entries) {
        if (entry.first == elf::kDtVerDef) at = entry.second - Builder::kBase;
      }
    };
    builder.edit_bytes = [&at, edit](std::vector<std::byte>& bytes) {
      // The second entry, behind the base definition and its name.
      at += sizeof(Verdef) + sizeof(typename TypeParam::Verdaux);
      Verdef entry;
      std::memcpy(&entry, bytes.data() + at, sizeof(entry));
      edit(entry);
      std::memcpy(bytes.data() + at, &entry, sizeof(entry));
    };
    return builder.Build();
  };
  EXPECT_FALSE(this->Read(build([](Verdef& entry) { entry.hash = 1; })));
  FreePlan(this->arena, this->plan);
  EXPECT_FALSE(this->Read(build([](Verdef& entry) { entry.ndx = 1; })));
  FreePlan(this->arena, this->plan);
  EXPECT_FALSE(this->Read(build([](Verdef& entry) { entry.ndx = 0; })));
  ASSERT_EQ(this->diagnostics.errors().size(), 3u);
  EXPECT_EQ(this->diagnostics.errors()[0].flat.detail, "a version's hash is not its name's");
  EXPECT_EQ(this->diagnostics.errors()[1].flat.detail, "two versions have one index");
  EXPECT_EQ(this->diagnostics.errors()[2].flat.detail, "a version has a reserved index");
}

}  // namespace
}  // namespace rtld
