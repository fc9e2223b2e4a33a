// SPDX-License-Identifier: BSD-2-Clause
//
// Versions found by name, with as many of them as a hostile image may have; and how many of their
// names are told.

#include "rtld_shared/link/version_index.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using A = arch::Exemplar<elf::Layout64Le>;
using Builder = testing::ImageBuilder<A>;
using Index = VersionIndex<A>;
using testing::CountingArena;

Version VersionOf(std::string_view name, Version::Kind kind = Version::Kind::kDefined) {
  return {.name = name, .hash = SysvHash(name), .kind = kind};
}

// What Find gives, with an index of its own.
uint32_t FoundIn(Versions versions, std::string_view name) {
  Module<A> image;
  image.versions = versions;
  CountingArena arena;
  Index index;
  Index::Defined defined;
  EXPECT_TRUE(index.Get(arena, image, defined));
  const uint32_t found = defined.Find(VersionOf(name, Version::Kind::kNeeded));
  index.Clear(arena);
  EXPECT_EQ(arena.live(), 0u);
  return found;
}

// Some are needed, some are not there, some share their name, some share their hash.
TEST(VersionIndexTest, FindsWhatALookAtAllFinds) {
  for (const size_t size : {size_t{0}, size_t{3}, Index::kFew, Index::kFew + 1, size_t{500}}) {
    SCOPED_TRACE(size);
    std::vector<std::string> names;
    for (size_t i = 0; i < size; ++i) {
      const std::string number = std::to_string(i % 3 == 0 ? i / 2 : i / 8);
      names.push_back((i % 3 == 0 ? "V_" : i % 2 == 0 ? "aq" : "ba") + number);
    }
    std::vector<Version> versions(size);
    for (size_t i = 0; i < size; ++i) {
      if (i % 7 == 0) continue;
      versions[i] =
          VersionOf(names[i], i % 5 == 0 ? Version::Kind::kNeeded : Version::Kind::kDefined);
    }
    names.emplace_back("nowhere");
    for (const std::string& name : names) {
      uint32_t expected = Index::kNone;
      for (size_t i = size; i-- > 0;) {
        if (versions[i].kind == Version::Kind::kDefined && versions[i].name == name) {
          expected = static_cast<uint32_t>(i);
        }
      }
      EXPECT_EQ(FoundIn(versions, name), expected) << name;
    }
  }
}

TEST(VersionIndexTest, AllAreVisitedInTheirOrder) {
  for (const size_t size : {size_t{4}, Index::kFew + 1}) {
    std::vector<Version> versions(size);
    for (const size_t i : {1, 2, 3}) versions[i] = VersionOf(i == 1 ? "z" : i == 2 ? "y" : "x");
    versions[2].kind = Version::Kind::kNeeded;
    Module<A> image;
    image.versions = versions;
    CountingArena arena;
    Index index;
    Index::Defined defined;
    ASSERT_TRUE(index.Get(arena, image, defined));
    std::string all;
    defined.ForEach([&](const Version& version) { return all += version.name, true; });
    EXPECT_EQ(all, "zx");
    defined.ForEach([&](const Version& version) { return all += version.name, false; });
    EXPECT_EQ(all, "zxz");
    EXPECT_TRUE(defined.any());
    for (Version& version : versions) version.kind = Version::Kind::kNeeded;
    Module<A> other;
    other.versions = versions;
    ASSERT_TRUE(index.Get(arena, other, defined));
    EXPECT_FALSE(defined.any());
    EXPECT_EQ(defined.Find(VersionOf("z")), Index::kNone);
    index.Clear(arena);
    EXPECT_EQ(arena.live(), 0u);
  }
}

// Up to 32 names of one length and one hash, which differ at their ends.
std::string NameOfOneHash(unsigned number, size_t length) {
  std::string name(length - 10, 'v');
  for (; name.size() < length; number /= 2) name += number % 2 == 0 ? "aq" : "ba";
  return name;
}

TEST(VersionIndexTest, FewNamesOfOneHashAreCompared) {
  for (const size_t size : {Index::kFew, Index::kFew + 1}) {
    for (const uint32_t others : {Index::kMost - 1, Index::kMost}) {
      std::vector<std::string> names;
      for (uint32_t i = 0; i <= others; ++i) names.push_back(NameOfOneHash(i, 32));
      std::vector<Version> versions(size);
      for (uint32_t i = 0; i <= others; ++i) versions[2 + i] = VersionOf(names[i]);
      ASSERT_EQ(versions[2].hash, versions[2 + others].hash);
      EXPECT_EQ(FoundIn(versions, names[others]),
                others < Index::kMost ? 2 + others : Index::kNone);
    }
  }
}

// As many are wanted as there are, all long and of one hash: the square of their number would not
// end. Whoever asks again, among others, sorts nothing again.
TEST(VersionIndexTest, ManyMayWantMany) {
  constexpr size_t kMany = 0x7fff;
  const std::string defined_name = NameOfOneHash(0, kLongestName);
  const std::string wanted_name = NameOfOneHash(1, kLongestName);
  std::vector<Version> versions(kMany, VersionOf(defined_name));
  Module<A> one, other;
  one.versions = other.versions = versions;
  const Version wanted = VersionOf(wanted_name, Version::Kind::kNeeded);
  ASSERT_EQ(wanted.hash, versions[0].hash);
  CountingArena arena;
  Index index;
  Index::Defined defined;
  ASSERT_TRUE(index.Get(arena, one, defined) && index.Get(arena, other, defined));
  const size_t made = arena.made();
  size_t found = 0;
  for (size_t i = 0; i < kMany; ++i) {
    ASSERT_TRUE(index.Get(arena, i % 2 == 0 ? one : other, defined));
    found += defined.Find(wanted) != Index::kNone;
  }
  EXPECT_EQ(found, 0u);
  EXPECT_EQ(arena.made(), made);
  index.Clear(arena);
  EXPECT_EQ(arena.live(), 0u);
}

TEST(VersionIndexTest, NothingIsAllocatedForFew) {
  CountingArena arena(0);
  std::vector<Version> versions(Index::kFew, VersionOf("V_1"));
  Module<A> image;
  image.versions = versions;
  Index index;
  Index::Defined defined;
  EXPECT_TRUE(index.Get(arena, image, defined));
  EXPECT_EQ(arena.refused(), 0u);
}

TEST(VersionIndexTest, EveryAllocationMayFail) {
  std::vector<Version> versions(Index::kFew + 1, VersionOf("V_1"));
  Module<A> image;
  image.versions = versions;
  size_t refused = 0;
  for (size_t fail_at = 0;; ++fail_at) {
    CountingArena arena(fail_at);
    Index index;
    Index::Defined defined;
    const bool got = index.Get(arena, image, defined);
    // Nothing is half there.
    arena.FailAt(CountingArena::kNever);
    ASSERT_TRUE(index.Get(arena, image, defined));
    EXPECT_EQ(defined.Find(versions[0]), 0u);
    index.Clear(arena);
    EXPECT_EQ(arena.live(), 0u);
    EXPECT_EQ(arena.bad_frees(), 0u);
    refused += !got;
    if (got) break;
  }
  EXPECT_EQ(refused, 3u);
}

// ---- in a session ----

TEST(VersionIndexTest, OfManyVersionsSomeAreTold) {
  constexpr size_t kMost = NameList<CountingArena>::kMost, kMissing = 80;
  testing::Bench<testing::TestSeams<A>> bench(kKernelPolicy);
  Builder library("l.kld"), root("root.kld");
  for (size_t i = 0; i < kMost + 20; ++i) {
    const std::string number = std::to_string(i);
    library.Define("f" + number, Builder::kData, {.version = "V_" + number});
  }
  root.Needed("l.kld");
  root.Refer("f70", {.version = "V_70", .file = "l.kld"});
  for (size_t i = 0; i < kMissing; ++i) {
    const std::string number = std::to_string(i);
    root.Refer("g" + number, {.version = "W_" + number, .file = "l.kld"});
  }
  bench.AddLibrary("l.kld", library.Build());
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  const auto& errors = bench.diagnostics.errors();
  ASSERT_EQ(errors.size(), kMissing);
  size_t told = 0;
  for (const testing::StoredReport& report : errors) {
    EXPECT_EQ(report.flat.error, Error::kMissingVersion);
    EXPECT_NE(report.flat.wanted, "V_70");
    ASSERT_FALSE(report.list.empty());
    EXPECT_EQ(report.list.back(), "...");
    told += report.list.size() - 1;
  }
  EXPECT_EQ(errors[0].list.size(), kMost + 1);
  EXPECT_EQ(errors[0].list[0], "V_0");
  EXPECT_EQ(errors[kMissing - 1].list.size(), 1u);
  EXPECT_LE(told, 4096u);
  EXPECT_EQ(bench.arena.live(), 0u);
}

}  // namespace
}  // namespace rtld
