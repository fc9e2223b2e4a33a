// SPDX-License-Identifier: BSD-2-Clause
//
// Versions in sessions, over images of all four layouts: which file provides what a reference wants, and
// what is told where none does.

#include <gtest/gtest.h>

#include <string>

#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::BufferFile;
using testing::OnlyError;
using testing::SymbolOptions;

template <class L>
class VersionsTest : public testing::LayoutTest<L> {};
TYPED_TEST_SUITE(VersionsTest, rtld::testing::Layouts);

TYPED_TEST(VersionsTest, VersionedReferenceBindsInTheFileOfItsVersionNeed) {
  //   root.kld -> first.kld, second.kld; both define f, the second in version S_1
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder first("first.kld"), second("second.kld"), root("root.kld");
  first.Define("f", Builder::kData + 8, {.version = "S_1"});
  second.Define("f", Builder::kData + 0x10, {.version = "S_1"});
  second.Define("f", Builder::kData + 0x18, {.version = "S_2"});
  root.Needed("first.kld").Needed("second.kld");
  const uint64_t one = root.Word(), two = root.Word(), hidden = root.Word();
  root.Rela(one, A::kSymbol, root.Refer("f", {.version = "S_1", .file = "second.kld"}));
  root.Rela(two, A::kSymbol, root.Refer("f", {.version = "S_2", .file = "second.kld"}));
  second.Define("old", Builder::kData + 0x20, {.version = "S_1", .hidden_version = true});
  root.Rela(hidden, A::kSymbol, root.Refer("old", {.version = "S_1", .file = "second.kld"}));
  bench.AddLibrary("first.kld", first.Build());
  bench.AddLibrary("second.kld", second.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  auto& linked = *bench.Find("root.kld");
  const auto& provider = *bench.Find("second.kld");
  EXPECT_EQ(bench.WordAt(linked, one), provider.RunTime(Builder::kData + 0x10));
  EXPECT_EQ(bench.WordAt(linked, two), provider.RunTime(Builder::kData + 0x18));
  EXPECT_EQ(bench.WordAt(linked, hidden), provider.RunTime(Builder::kData + 0x20));
}

TYPED_TEST(VersionsTest, ReferenceInAVersionOfItsOwnImageIsUnversioned) {
  //   root.kld (R_1: own, and f that it only refers to) -> dep.kld (f)
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder dep("dep.kld"), root("root.kld");
  dep.Define("f", Builder::kData + 8);
  root.Needed("dep.kld").Define("own", Builder::kData, {.version = "R_1"});
  const uint64_t place = root.Word();
  root.Rela(place, A::kSymbol, root.Refer("f", {.version = "R_1"}));
  bench.AddLibrary("dep.kld", dep.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*bench.Find("root.kld"), place),
            bench.Find("dep.kld")->RunTime(Builder::kData + 8));
}

TYPED_TEST(VersionsTest, VersionsOfDifferentFilesAreNotTheSameForHavingOneIndex) {
  //   program -> first.so (f@A_1), second.so (f@B_1); either version is its file's only one
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder first("first.so"), second("second.so"), program("");
  first.Define("f", Builder::kData + 8, {.version = "A_1"});
  second.Define("f", Builder::kData + 0x10, {.version = "B_1"});
  const uint64_t place = program.Word();
  program.Needed("first.so").Needed("second.so");
  program.Rela(place, A::kSymbol, program.Refer("f", {.version = "B_1", .file = "second.so"}));
  bench.AddLibrary("first.so", first.Build());
  bench.AddLibrary("second.so", second.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("/bin/program", program.Build())))
      << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*bench.Find("program"), place),
            bench.Find("second.so")->RunTime(Builder::kData + 0x10));
}

TYPED_TEST(VersionsTest, CopiesHaveTheVersionThatTheyWereCopiedFrom) {
  //   program (a copy of v@V_1) -> user.so (v@V_2) -> lib.so (v@V_1, v@@V_2)
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder lib("lib.so"), user("user.so"), program("");
  lib.Define("v", Builder::kData + 0x10, {.size = 8, .version = "V_1", .hidden_version = true});
  lib.Define("v", Builder::kData + 0x20, {.size = 16, .version = "V_2"});
  user.Needed("lib.so");
  const uint64_t first = user.Word(), second = user.Word();
  user.Rela(first, A::kSymbol, user.Refer("v", {.version = "V_1", .file = "lib.so"}));
  user.Rela(second, A::kSymbol, user.Refer("v", {.version = "V_2", .file = "lib.so"}));
  program.Needed("user.so").Needed("lib.so");
  const uint64_t copy = program.Room(8);
  const uint32_t own = program.Define("v", copy, {.size = 8, .version = "V_1", .file = "lib.so"});
  program.Rela(copy, A::kCopy, own);
  bench.AddLibrary("lib.so", lib.Build());
  bench.AddLibrary("user.so", user.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("/bin/program", program.Build())))
      << bench.diagnostics.text();
  auto& linked = *bench.Find("user.so");
  EXPECT_EQ(bench.WordAt(linked, first), bench.Find("program")->RunTime(copy));
  EXPECT_EQ(bench.WordAt(linked, second), bench.Find("lib.so")->RunTime(Builder::kData + 0x20));
}

TYPED_TEST(VersionsTest, MissingVersionsAreToldBeforeAnythingIsMapped) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder kernel("kernel"), root("root.kld");
  kernel.Define("f", Builder::kData, {.version = "K_1"});
  kernel.Define("g", Builder::kData, {.version = "K_2"});
  bench.AddLibrary("kernel", kernel.Build());
  root.Needed("kernel");
  root.Refer("f", {.version = "K_3", .file = "kernel"});
  root.Refer("g", {.version = "K_9", .file = "kernel"});
  root.weak_versions.insert("K_9");
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kMissingVersion,
                                             .image = "root.kld",
                                             .wanted = "K_3",
                                             .other = "/lib/kernel"},
                                            {"K_1", "K_2"}}));
  EXPECT_EQ(bench.loader.calls(), 0u);

  // Of a file that is not even needed.
  Builder stray("stray.kld");
  stray.Refer("f", {.version = "K_1", .file = "kernel"});
  bench.diagnostics.Clear();
  EXPECT_FALSE(bench.Link(bench.AddFile("stray.kld", stray.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kMissingVersion,
                                             .image = "stray.kld",
                                             .wanted = "K_1",
                                             .other = "kernel",
                                             .detail = "which DT_NEEDED does not name"}}));
}

//   root.kld (f@B_1 of b.kld) -> a.kld -> b.kld, which root.kld does not name
TYPED_TEST(VersionsTest, VersionsOfFilesThatAreNeededByOthersOnlyAreRefused) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder root("root.kld"), a("a.kld"), b("b.kld");
  root.Needed("a.kld").Refer("f", {.version = "B_1", .file = "b.kld"});
  a.Needed("b.kld");
  b.Define("f", Builder::kData, {.version = "B_1"});
  bench.AddLibrary("a.kld", a.Build());
  bench.AddLibrary("b.kld", b.Build());
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kMissingVersion,
                                             .image = "root.kld",
                                             .wanted = "B_1",
                                             .other = "b.kld",
                                             .detail = "which DT_NEEDED does not name"}}));
}

// What the plan was made of must be what is mapped.
TYPED_TEST(VersionsTest, FileThatChangesWhileItIsLoadedIsRefused) {
  using Builder = typename TestFixture::Builder;
  using Verdef = typename TypeParam::Verdef;
  Builder root("root.kld");
  root.Define("f", Builder::kData, {.version = "R_1"});
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  BufferFile& file = bench.AddFile("root.kld", root.Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(file) && session->Plan()) << bench.diagnostics.text();
  // The file's own version comes first, then R_1: it gets index 5 instead of 2, so that the table
  // becomes longer.
  std::byte* const versions =
      file.bytes().data() + (session->records()[0]->dynamic.verdef - Builder::kBase);
  auto* const first = reinterpret_cast<Verdef*>(versions);
  auto* const second = reinterpret_cast<Verdef*>(versions + first->next);
  ASSERT_EQ(second->ndx, 2u);
  second->ndx = 5;
  EXPECT_FALSE(session->Map());
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadVersion,
                                             .image = "root.kld",
                                             .detail = "the file changed while loading"}}));
  session.reset();
  EXPECT_EQ(bench.loader.live(), 0u);
  EXPECT_EQ(bench.arena.live(), 0u);
}

TYPED_TEST(VersionsTest, ProviderWithoutVersionsIsAWarningForPrograms) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  Builder library("l.so"), root("root.so");
  library.Define("f", Builder::kData + 8);
  root.Needed("l.so");
  const uint64_t f = root.Word();
  root.Rela(f, A::kSymbol, root.Refer("f", {.version = "L_1", .file = "l.so"}));
  typename TestFixture::ProgramBench program(kProgramPolicy);
  program.AddLibrary("l.so", library.Build());
  ASSERT_TRUE(program.Link(program.AddFile("root.so", root.Build())));
  ASSERT_EQ(program.diagnostics.warnings().size(), 1u);
  EXPECT_TRUE(Matches(program.diagnostics.warnings()[0], {{.error = Error::kNoVersionInfo,
                                                           .image = "root.so",
                                                           .wanted = "L_1",
                                                           .other = "/lib/l.so"}}));
  EXPECT_EQ(program.WordAt(*program.Find("root.so"), f),
            program.Find("l.so")->RunTime(Builder::kData + 8));
  typename TestFixture::ModuleBench kernel(kKernelPolicy);
  kernel.AddLibrary("l.so", library.Build());
  EXPECT_FALSE(kernel.Link(kernel.AddFile("root.so", root.Build())));
  EXPECT_TRUE(OnlyError(kernel.diagnostics, {{.error = Error::kMissingVersion,
                                              .image = "root.so",
                                              .wanted = "L_1",
                                              .other = "/lib/l.so"}}));
}

//   library: f@V_1, f@@V_2, g@@V_2, g@V_3, h@V_2; and references to f, g and h without a version
//
// A program was linked before there were versions: it gets the oldest. A module's means the default.
TYPED_TEST(VersionsTest, ReferenceWithoutAVersionMeansTheOldestForPrograms) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  const auto library = [] {
    Builder builder("library");
    const SymbolOptions later = {.version = "V_2"};
    builder.Define("f", Builder::kData + 0x10, {.version = "V_1", .hidden_version = true});
    builder.Define("f", Builder::kData + 0x20, later);
    builder.Define("g", Builder::kData + 0x30, {.version = "V_3", .hidden_version = true});
    builder.Define("g", Builder::kData + 0x40, later);
    builder.Define("h", Builder::kData + 0x50, {.version = "V_2", .hidden_version = true});
    builder.buckets = 1;
    return builder.Build();
  };
  const auto word = [&](auto&& bench, const char* name) -> uint64_t {
    Builder root("root");
    root.Needed("library");
    const uint64_t at = root.Word();
    root.Rela(at, A::kSymbol, root.Refer(name));
    bench.AddLibrary("library", library());
    if (!bench.Link(bench.AddFile("root", root.Build()))) return 0;
    return bench.WordAt(*bench.Find("root"), at) - bench.Find("library")->bias - Builder::kData;
  };
  using ProgramBench = typename TestFixture::ProgramBench;
  using ModuleBench = typename TestFixture::ModuleBench;
  EXPECT_EQ(word(ProgramBench(kProgramPolicy), "f"), 0x10u);
  EXPECT_EQ(word(ProgramBench(kProgramPolicy), "g"), 0x40u);
  EXPECT_EQ(word(ProgramBench(kProgramPolicy), "h"), 0u);
  EXPECT_EQ(word(ModuleBench(kKernelPolicy), "f"), 0x20u);
  EXPECT_EQ(word(ModuleBench(kKernelPolicy), "g"), 0x40u);
  EXPECT_EQ(word(ModuleBench(kKernelPolicy), "h"), 0u);
}

// A version need names a file as DT_NEEDED does, or as the file calls itself.
//
//   root.so -> a, whose DT_SONAME is b
TYPED_TEST(VersionsTest, AFileIsKnownByBothOfItsNames) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder library("b"), root("root.so");
  library.Define("f", Builder::kData + 8, {.version = "V_1"});
  library.Define("g", Builder::kData + 0x10, {.version = "V_2"});
  root.Needed("a");
  root.Refer("f", {.version = "V_1", .file = "a"});
  root.Refer("g", {.version = "V_2", .file = "b"});
  bench.AddLibrary("a", library.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.so", root.Build()))) << bench.diagnostics.text();
  const auto& linked = *bench.Find("root.so");
  int bound = 0;
  for (size_t i = 0; i < linked.versions.size(); ++i) {
    if (linked.versions[i].kind != Version::Kind::kNeeded) continue;
    ++bound;
    EXPECT_EQ(linked.providers[i], linked.needed[0]) << linked.versions[i].name;
  }
  EXPECT_EQ(bound, 2);
}

// As many names as versions of them: each version's file is looked up, not searched for.
TYPED_TEST(VersionsTest, ManyVersionsOfManyFilesAreBoundEachToItsOwn) {
  using Builder = typename TestFixture::Builder;
  constexpr int kFiles = 40;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder root("root.kld");
  for (int i = 0; i < kFiles; ++i) {
    const std::string name = std::to_string(i) + ".kld";
    Builder library(name);
    library.Define("f", Builder::kData, {.version = "V_" + name});
    bench.AddLibrary(name, library.Build());
    root.Needed(name);
    root.Refer("f", {.version = "V_" + name, .file = name});
  }
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  const auto& linked = *bench.Find("root.kld");
  int bound = 0;
  for (size_t i = 0; i < linked.versions.size(); ++i) {
    if (linked.versions[i].kind != Version::Kind::kNeeded) continue;
    ++bound;
    EXPECT_EQ(linked.providers[i]->name, linked.versions[i].file);
    EXPECT_EQ("V_" + std::string(linked.providers[i]->name), linked.versions[i].name);
  }
  EXPECT_EQ(bound, kFiles);
}

}  // namespace
}  // namespace rtld
