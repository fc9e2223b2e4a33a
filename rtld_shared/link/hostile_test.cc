// SPDX-License-Identifier: BSD-2-Clause
//
// What a hostile image may cost: no more than its size for each thing that is asked of it. Where a
// bound shows in an answer, the answer is checked; the images are large enough that without the
// bound the test would not end in its time.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "rtld_shared/link/scope_index.h"
#include "rtld_shared/link/undefined.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/one_chain.h"

namespace rtld {
namespace {

using A = arch::Exemplar<elf::Layout64Le>;
using L = A::Layout;
using Builder = testing::ImageBuilder<A>;
using testing::OneChain;
using testing::OnlyError;
using testing::Referrer;

constexpr size_t kMegabyte = size_t{1} << 20;

// ---- strings ----

// Where DT_STRTAB is the end of the writable segment, its last word is written over before a name
// is read that begins there: 24 relocations later, as some are looked up together.
std::vector<std::byte> WithOverwrittenStrings(uint64_t& word) {
  Builder builder("x.so");
  builder.relro = false;
  builder.bss_size = 0;
  const uint64_t end = Builder::kData + builder.data_size;
  const uint32_t ones =
      builder.Define("ones", 0x4141414141414141, {.bind = elf::kStbLocal, .shndx = elf::kShnAbs});
  const uint32_t last = builder.Refer("w", {.bind = elf::kStbWeak});
  word = builder.Word(99);
  builder.Rela(end - 8, A::kSymbol, ones);
  for (int i = 0; i < 24; ++i) builder.Rela(0, A::kNone);
  builder.Rela(word, A::kSymbol, last);
  uint64_t strings = 0, size = 0, data_at = 0;
  builder.edit_dynamic = [&](auto& entries) {
    for (auto& [tag, value] : entries) {
      if (tag == elf::kDtStrSz) size = value;
    }
    for (auto& [tag, value] : entries) {
      if (tag == elf::kDtStrTab) strings = std::exchange(value, end - size);
    }
  };
  builder.edit_phdrs = [&](auto& phdrs) { data_at = phdrs[2].offset; };
  builder.edit_bytes = [&](std::vector<std::byte>& bytes) {
    std::memcpy(bytes.data() + data_at + (end - size - Builder::kRelro),
                bytes.data() + (strings - Builder::kBase), size);
  };
  return builder.Build();
}

TEST(HostileTest, NamesEndWithTheirTableWhateverIsWrittenThere) {
  uint64_t word = 0;
  const std::vector<std::byte> bytes = WithOverwrittenStrings(word);
  testing::Bench<testing::TestSeams<A>> modules(kKernelPolicy);
  ASSERT_TRUE(modules.Link(modules.AddFile("x.so", bytes))) << modules.diagnostics.text();
  EXPECT_EQ(modules.WordAt(*modules.committed[0], word), 0u);
  ASSERT_EQ(modules.diagnostics.warnings().size(), 1u);
  EXPECT_EQ(modules.diagnostics.warnings()[0].flat.symbol, "AA");
  testing::Bench<testing::TestSeams<A, ProgramScope>> programs(kProgramPolicy);
  ASSERT_TRUE(programs.Link(programs.AddFile("x.so", bytes))) << programs.diagnostics.text();
  EXPECT_EQ(programs.WordAt(*programs.committed[0], word), 0u);
}

// ---- versions and names of files ----

// DT_VERNEED: one file, with so many versions, all called as the string at offset 1.
class ManyVersions {
 public:
  ManyVersions(uint16_t count, const std::string& name) : strings_(1 + name.size() + 1) {
    std::memcpy(strings_.data() + 1, name.data(), name.size());
    bytes_.resize(sizeof(L::Verneed) + count * sizeof(L::Vernaux));
    L::Verneed need;
    need.version = elf::kVerNeedCurrent;
    need.cnt = count;
    need.file = static_cast<uint32_t>(name.size());  // its last letter
    need.aux = sizeof(need);
    need.next = 0u;
    std::memcpy(bytes_.data(), &need, sizeof(need));
    const uint32_t hash = SysvHash(name);
    for (uint32_t i = 0; i < count; ++i) {
      L::Vernaux aux;
      aux.hash = hash;
      aux.flags = uint16_t{0};
      aux.other = static_cast<uint16_t>(2 + i);
      aux.name = 1u;
      aux.next = static_cast<uint32_t>(sizeof(aux));
      std::memcpy(bytes_.data() + sizeof(need) + i * sizeof(aux), &aux, sizeof(aux));
    }
    memory_.Add({.vaddr = 0x1000, .memsz = bytes_.size(), .filesz = bytes_.size()});
    std::memcpy(memory_.At(0x1000, bytes_.size()), bytes_.data(), bytes_.size());
  }

  // How many there are; 0 after `diagnostics` has been told why not.
  [[nodiscard]] size_t Read(testing::Collector& diagnostics) {
    DynamicInfo<A> info;
    info.strings = StringTable(std::span<const char>(strings_));
    info.verneed = 0x1000;
    info.verneed_count = 1;
    testing::CountingArena arena;
    Versions versions;
    const bool good = ReadVersions<A>(diagnostics, arena, memory_, info, versions);
    const size_t count = versions.size();
    FreeArray(arena, versions);
    EXPECT_EQ(good, count != 0);
    EXPECT_EQ(arena.live(), 0u);
    return count;
  }

 private:
  std::vector<char> strings_;
  std::vector<std::byte> bytes_;
  testing::BufferMemory memory_;
};

TEST(HostileTest, NamesOfVersionsAreShort) {
  testing::Collector diagnostics;
  EXPECT_EQ(ManyVersions(1, std::string(kLongestName, 'v')).Read(diagnostics), 3u);
  EXPECT_EQ(ManyVersions(1, std::string(kLongestName + 1, 'v')).Read(diagnostics), 0u);
  EXPECT_EQ(ManyVersions(60000, std::string(4 * kMegabyte, 'v')).Read(diagnostics), 0u);
  ASSERT_EQ(diagnostics.errors().size(), 2u);
  for (const testing::StoredReport& report : diagnostics.errors()) {
    EXPECT_TRUE(testing::Matches(report, {{.error = Error::kBadVersion,
                                           .detail = "a version's name is empty or too long",
                                           .value = 1}}));
  }
}

TEST(HostileTest, NoMoreVersionsAreReadThanHaveAnIndex) {
  testing::Collector diagnostics;
  EXPECT_EQ(ManyVersions(0x7ffe, "v").Read(diagnostics), 0x8000u);
  EXPECT_EQ(ManyVersions(0x8000, "v").Read(diagnostics), 0u);
  EXPECT_TRUE(OnlyError(diagnostics, {{.error = Error::kBadVersion,
                                       .detail = "there are more versions than indices",
                                       .value = 0x7fff}}));
}

TEST(HostileTest, NamesOfFilesAreShort) {
  for (const bool soname : {false, true}) {
    for (const size_t extra : {size_t{0}, size_t{1}}) {
      testing::Bench<testing::TestSeams<A>> bench(kKernelPolicy);
      const std::string name(kLongestName + extra, 'n');
      Builder builder(soname ? name : "x.so");
      uint64_t at = 0;
      if (!soname) builder.Needed(name);
      builder.edit_dynamic = [&at](const auto& entries) {
        for (const auto& [tag, value] : entries) {
          if (tag == elf::kDtNeeded || (at == 0 && tag == elf::kDtSoname)) at = value;
        }
      };
      const auto session = bench.NewSession();
      EXPECT_EQ(session->AddRoot(bench.AddFile("x.so", builder.Build())), extra == 0);
      if (extra == 0) continue;
      EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadString,
                                                 .image = "x.so",
                                                 .detail = soname ? "DT_SONAME" : "DT_NEEDED",
                                                 .value = at}}));
    }
  }
}

// ---- tables of unstated size ----

TEST(HostileTest, TablesEndWithTheBytesOfTheFile) {
  testing::Bench<testing::TestSeams<A>> bench(kKernelPolicy);
  Builder builder("x.so");
  builder.Define("d", Builder::kData, {.version = "V_1"});
  uint64_t end = 0, symbols = 0, versym = 0;
  builder.edit_dynamic = [&](const auto& entries) {
    for (const auto& [tag, value] : entries) {
      if (tag == elf::kDtSymTab) symbols = value;
      if (tag == elf::kDtVerSym) versym = value;
    }
  };
  builder.edit_phdrs = [&](auto& phdrs) {
    end = phdrs[0].vaddr + phdrs[0].filesz;
    phdrs[0].memsz = phdrs[0].memsz + 0x10000;
  };
  ASSERT_TRUE(bench.Link(bench.AddFile("x.so", builder.Build()))) << bench.diagnostics.text();
  const DynamicInfo<A>& dynamic = bench.committed[0]->dynamic;
  EXPECT_EQ(dynamic.symbols.size(), (end - symbols) / sizeof(L::Sym));
  EXPECT_EQ(dynamic.versym.size(), (end - versym) / sizeof(L::Half));
}

// ---- hash tables ----

// Whether the name is found where so many other versions of it come first: by walk, and by index.
void ExpectFoundBehind(size_t others, const std::string& name, bool sysv, bool found) {
  SCOPED_TRACE(others);
  const uint32_t key = SymbolName(name).hash;
  OneChain image(std::vector<uint32_t>(others + 1, key), name, sysv);
  image.MakeDefault(others + 1);
  const Referrer from(name);
  Module<A>* const all[] = {&image.module()};
  Definition<A> definition;
  EXPECT_EQ(SearchInOrder<A>(all, from.query(), definition), found);
  testing::CountingArena arena;
  ScopeIndex<A> index;
  // Only names of 64 bytes are hashed for each symbol that has them.
  const bool added = index.Add(arena, all);
  EXPECT_EQ(added, !sysv || name.size() <= 64);
  if (added) {
    EXPECT_EQ(index.Find(from.query(), definition), found);
  }
  index.Clear(arena);
}

TEST(HostileTest, NothingIsComparedAfterTooMuch) {
  Comparisons comparisons;
  for (uint32_t i = 0; i < Comparisons::kMost; ++i) {
    ASSERT_TRUE(comparisons.Take(Comparisons::kShort - 1));
  }
  EXPECT_FALSE(comparisons.spent());
  EXPECT_FALSE(comparisons.Take(Comparisons::kShort));
  EXPECT_TRUE(comparisons.spent());
  EXPECT_FALSE(comparisons.Take(1));
}

TEST(HostileTest, LongNamesAreNotComparedForEver) {
  const std::string longest_short(Comparisons::kShort, 's'), shortest_long = longest_short + "l";
  const std::string huge(kMegabyte, 'h');
  for (const bool sysv : {false, true}) {
    SCOPED_TRACE(sysv);
    for (const std::string& name : {longest_short, shortest_long, huge}) {
      ExpectFoundBehind(Comparisons::kMost - 1, name, sysv, true);
      ExpectFoundBehind(Comparisons::kMost, name, sysv, false);
    }
    ExpectFoundBehind(300000, huge, sysv, false);
  }
}

TEST(HostileTest, ShortNamesAreNotComparedForEverEither) {
  constexpr size_t kBytes = Comparisons::kMost * Comparisons::kShort;
  for (const bool sysv : {false, true}) {
    for (const size_t size : {size_t{1}, Comparisons::kLeast, size_t{128}}) {
      SCOPED_TRACE(size);
      const size_t most = kBytes / std::max(size, Comparisons::kLeast);
      ExpectFoundBehind(most - 1, std::string(size, 's'), sysv, true);
      ExpectFoundBehind(most, std::string(size, 's'), sysv, false);
    }
  }
}

// DT_HASH keeps no hashes: an honest chain has names of many lengths.
TEST(HostileTest, NamesOfOtherLengthsAreNotCompared) {
  constexpr size_t kOthers = 20000;
  OneChain image(std::vector<uint32_t>(kOthers + 1), "another", /*sysv=*/true);
  image.Rename(kOthers + 1, "name");
  image.MakeDefault(kOthers + 1);
  EXPECT_NE(Lookup(image.module(), SymbolName("name"), {}, {}), nullptr);
  EXPECT_EQ(Lookup(image.module(), SymbolName("nami"), {}, {}), nullptr);
}

// Names of versions that have one hash: what stands before the last two letters counts as well.
TEST(HostileTest, NamesOfVersionsAreNotComparedForEver) {
  const std::string name(64, 'n'), before(Comparisons::kShort - 64 - 2, 'v');
  const std::string other = before + "aq", wanted = before + "ba";
  ASSERT_EQ(SysvHash(other), SysvHash(wanted));
  Version versions[4];
  versions[2] = {.name = wanted, .hash = SysvHash(wanted), .kind = Version::Kind::kDefined};
  versions[3] = {.name = other, .hash = SysvHash(other), .kind = Version::Kind::kDefined};
  for (const size_t others : {Comparisons::kMost - 1, Comparisons::kMost}) {
    OneChain image(std::vector<uint32_t>(others + 1, SymbolName(name).hash), name);
    image.SetVersion(others + 1, 2);
    image.module().versions = versions;
    Version need = {.name = wanted, .hash = SysvHash(wanted), .kind = Version::Kind::kNeeded};
    EXPECT_EQ(Lookup(image.module(), SymbolName(name), &need, {.strict_versions = true}) != nullptr,
              others < Comparisons::kMost);
  }
}

// ---- undefined symbols ----

TEST(HostileTest, DefinitionsForReportsAreNotLookedForForEver) {
  const std::string name(Comparisons::kShort, 'n'), other(Comparisons::kShort, 'o');
  for (const size_t others : {Comparisons::kMost - 1, Comparisons::kMost, 300000u}) {
    OneChain image(std::vector<uint32_t>(others + 1, SymbolName(name).hash), other);
    image.Rename(others + 1, name);
    EXPECT_EQ(internal::AnyDefinition(image.module(), SymbolName(name)) != nullptr,
              others < Comparisons::kMost);
  }
}

// Each of very many symbols has the wanted name in a version that is not wanted.
TEST(HostileTest, ListsOfVersionsAreShort) {
  const std::string name(Comparisons::kShort, 'n');
  OneChain image(std::vector<uint32_t>(300000, SymbolName(name).hash), name);
  Referrer from(name);
  Module<A>* needed[] = {&image.module()};
  from.module().needed = needed;
  Module<A>* all[] = {&from.module(), &image.module()};
  const std::span<Module<A>* const> groups[] = {all};
  testing::Collector diagnostics;
  testing::CountingArena arena;
  UndefinedReference<A> reference = {&from.module(), 1, A::kSymbol, 0, false};
  EXPECT_FALSE(
      (UndefinedReporter<A, testing::CountingArena, testing::Collector>(diagnostics, arena, groups)
           .Run({&reference, 1})));
  ASSERT_EQ(diagnostics.errors().size(), 1u);
  EXPECT_EQ(diagnostics.errors()[0].flat.reason, Reason::kOtherVersion);
  std::vector<std::string> expected(NameList<testing::CountingArena>::kMost, "V_1");
  expected.emplace_back("...");
  EXPECT_EQ(diagnostics.errors()[0].list, expected);
  EXPECT_EQ(arena.live(), 0u);
}

// ---- names of files ----

// Names of one hash: 33 * 'b' + 'A' is 33 * 'a' + 'b'.
std::string NameOfOneHash(unsigned number) {
  std::string name;
  for (unsigned bit = 0; bit < 16; ++bit) name += (number >> bit & 1) != 0 ? "bA" : "ab";
  return name;
}

TEST(HostileTest, NamesOfFilesThatCrowdAreNotAllKnown) {
  constexpr unsigned kNames = 1u << 16;
  testing::CountingArena arena;
  NameIndex index;
  std::vector<std::string> names;
  for (unsigned i = 0; i < kNames; ++i) names.push_back(NameOfOneHash(i));
  ASSERT_EQ(SymbolName(names.front()).hash, SymbolName(names.back()).hash);
  unsigned known = 0;
  for (unsigned i = 0; i < kNames; ++i) {
    ASSERT_TRUE(index.Add(arena, names[i], i));
    known += index.Find(names[i]) == i;
  }
  EXPECT_EQ(known, NameIndex::kMostSteps);
  EXPECT_EQ(index.size(), NameIndex::kMostSteps);
  index.Clear(arena);
  EXPECT_EQ(index.size(), 0u);
  // Honest ones differ in a few letters.
  for (unsigned i = 0; i < kNames; ++i) names[i] = "libplugin" + std::to_string(i) + ".so.1";
  for (unsigned i = 0; i < kNames; ++i) ASSERT_TRUE(index.Add(arena, names[i], i));
  for (unsigned i = 0; i < kNames; ++i) ASSERT_EQ(index.Find(names[i]), i) << names[i];
  index.Clear(arena);
}

//   root.kld -> dep.kld, many times, which is refused; or which nobody has
TEST(HostileTest, FilesAreLookedForOnceHoweverOftenAnImageNamesThem) {
  for (const bool there : {true, false}) {
    testing::Bench<testing::TestSeams<A>> bench(kKernelPolicy);
    Builder dep("dep.kld"), root("root.kld");
    dep.edit_dynamic = [](auto& entries) {
      for (auto& [tag, value] : entries) {
        if (tag == elf::kDtSymEnt) value = 1;
      }
    };
    for (int i = 0; i < 100; ++i) root.Needed("dep.kld");
    if (there) bench.AddLibrary("dep.kld", dep.Build());
    EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
    EXPECT_EQ(bench.finder.searches(), std::vector<std::string>{"dep.kld"});
    const Report refused = {.error = Error::kBadDynamic,
                            .image = "/lib/dep.kld",
                            .needed_by = "root.kld",
                            .detail = "DT_SYMENT",
                            .value = 1};
    const Report missing = {
        .error = Error::kMissingDependency, .image = "root.kld", .wanted = "dep.kld"};
    EXPECT_TRUE(OnlyError(bench.diagnostics, {there ? refused : missing}));
  }
}

//   root.kld -> a.kld, b.kld: neither can be read, and nobody wants to hear of the second
TEST(HostileTest, NoMoreFilesAreReadWhenNoMoreErrorsAreWanted) {
  testing::Bench<testing::TestSeams<A>> bench(kKernelPolicy);
  Builder root("root.kld");
  root.Needed("a.kld").Needed("b.kld");
  bench.AddLibrary("a.kld", {});
  bench.AddLibrary("b.kld", {});
  testing::Collector one(1);
  Session<testing::TestSeams<A>> session(bench.policy, 0x1000, {}, bench.finder, bench.loader,
                                         bench.arena, one);
  ASSERT_TRUE(session.AddRoot(bench.AddFile("root.kld", root.Build())));
  EXPECT_FALSE(session.Plan());
  EXPECT_EQ(one.errors().size(), 1u);
  EXPECT_EQ(bench.finder.searches(), std::vector<std::string>{"a.kld"});
}

}  // namespace
}  // namespace rtld
