// SPDX-License-Identifier: BSD-2-Clause
//
// Who an image is: its DT_SONAME, or without one its file and what it was asked for by. Each image
// is linked once, and no other one in its place.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::BufferFile;
using testing::OnlyError;

template <class L>
class IdentityTest : public testing::LayoutTest<L> {
 public:
  using typename testing::LayoutTest<L>::ProgramBench;

  // Adds what is to be linked as a program's start does: the program, then preloads.
  static ::testing::AssertionResult Plan(
      ProgramBench& bench, Session<typename ProgramBench::SeamsType>& session,
      const std::vector<std::pair<BufferFile*, std::string_view>>& roots) {
    for (const auto& [file, asked] : roots) {
      if (!session.AddRoot(*file, asked)) {
        return ::testing::AssertionFailure() << bench.diagnostics.text();
      }
    }
    if (session.Plan()) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << bench.diagnostics.text();
  }
  static std::vector<std::string> Paths(Session<typename ProgramBench::SeamsType>& session) {
    std::vector<std::string> paths;
    for (const auto* record : session.records()) paths.emplace_back(record->path);
    return paths;
  }
};
TYPED_TEST_SUITE(IdentityTest, rtld::testing::Layouts);

TYPED_TEST(IdentityTest, IdentityIsTheSoname) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder wrong("other.kld"), none(""), root("root.kld");
  root.Needed("a.kld");
  const std::vector<std::byte> bytes = root.Build();
  bench.AddLibrary("a.kld", wrong.Build());
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", bytes)));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kSonameMismatch,
                                             .image = "/lib/a.kld",
                                             .needed_by = "root.kld",
                                             .wanted = "a.kld",
                                             .other = "other.kld"}}));
  bench.diagnostics.Clear();
  EXPECT_FALSE(bench.Link(bench.AddFile("none.kld", none.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kNoSoname, .image = "none.kld"}}));
  bench.diagnostics.Clear();
  Builder again("again.kld");
  ASSERT_TRUE(bench.Link(bench.AddFile("/first/again.kld", again.Build())));
  EXPECT_FALSE(bench.Link(bench.AddFile("/second/again.kld", again.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kAlreadyLoaded,
                                             .image = "/second/again.kld",
                                             .wanted = "again.kld",
                                             .other = "/first/again.kld"}}));
}

TYPED_TEST(IdentityTest, ProgramFindsOneLibraryUnderTwoNames) {
  //   program -> liba.so (a link to liba.so.1), b.so -> liba.so.1
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder a("liba.so.1"), b("b.so"), program("");
  BufferFile& file = bench.AddLibrary("liba.so.1", a.Build());
  bench.finder.AddFile("liba.so", file);
  bench.AddLibrary("b.so", b.Needed("liba.so.1").Build());
  program.Needed("liba.so").Needed("b.so").Needed("liba.so.1");
  ASSERT_TRUE(bench.Link(bench.AddFile("program", program.Build()))) << bench.diagnostics.text();
  ASSERT_EQ(bench.committed.size(), 3u);
  EXPECT_EQ(bench.Find("program")->needed[0], bench.Find("liba.so.1"));
  EXPECT_EQ(bench.Find("program")->needed[2], bench.Find("liba.so.1"));
}

//   root.so -> b, one, two;  one -> alias;  two -> alias, which is another file of b's DT_SONAME
TYPED_TEST(IdentityTest, AnotherNameOfALibraryIsSearchedOnce) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder library("b"), one("one"), two("two"), root("root.so");
  root.Needed("b").Needed("one").Needed("two");
  one.Needed("alias");
  two.Needed("alias");
  bench.AddLibrary("b", library.Build());
  bench.AddLibrary("alias", library.Build());
  bench.AddLibrary("one", one.Build());
  bench.AddLibrary("two", two.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.so", root.Build()))) << bench.diagnostics.text();
  EXPECT_EQ(bench.finder.searches(), (std::vector<std::string>{"b", "one", "two", "alias"}));
  EXPECT_EQ(bench.committed.size(), 4u);
  EXPECT_EQ(bench.Find("two")->needed[0], bench.Find("b"));
}

// Without DT_SONAME its file says who it is.
TYPED_TEST(IdentityTest, FileWithoutASonameIsOneLibraryUnderTwoNames) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder library(""), root("root.so");
  root.Needed("one").Needed("two");
  BufferFile& file = bench.AddLibrary("one", library.Build());
  bench.finder.AddFile("two", file);
  ASSERT_TRUE(bench.Link(bench.AddFile("root.so", root.Build()))) << bench.diagnostics.text();
  EXPECT_EQ(bench.committed.size(), 2u);
  EXPECT_EQ(bench.Find("root.so")->needed[0], bench.Find("one"));
  EXPECT_EQ(bench.Find("root.so")->needed[1], bench.Find("one"));
}

//   one.so -> a library without DT_SONAME;  later, and without the files: two.so -> the same, by name
TYPED_TEST(IdentityTest, NamesStayWhenTheFilesAreGone) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  // The end of its path, and a name of which nothing is in it.
  for (const char* asked : {"libx.so", "alias"}) {
    SCOPED_TRACE(asked);
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder library(""), one("one.so"), two("two.so");
    library.Define("f", Builder::kData, {.version = "V1"});
    bench.finder.AddFile(asked, bench.AddFile("/lib/libx.so", library.Build()));
    ASSERT_TRUE(bench.Link(bench.AddFile("one.so", one.Needed(asked).Build())));
    for (const auto& file : bench.files) {
      std::ranges::fill(file->bytes(), std::byte{0xee});
      std::vector<std::byte>().swap(file->bytes());
    }
    const uint64_t word = two.Word();
    two.Needed(asked).Rela(word, A::kSymbol, two.Refer("f", {.version = "V1", .file = asked}));
    ASSERT_TRUE(bench.Link(bench.AddFile("two.so", two.Build()))) << bench.diagnostics.text();
    EXPECT_EQ(bench.finder.searches(), std::vector<std::string>{asked});
    ASSERT_NE(bench.Find(asked), nullptr);
    EXPECT_EQ(bench.WordAt(*bench.Find("two.so"), word),
              bench.Find(asked)->RunTime(Builder::kData));
  }
}

// Two files that have one name in two directories.
TYPED_TEST(IdentityTest, RootsWithoutASonameAreTheirFiles) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder a(""), b(""), program("");
  a.Define("x", Builder::kData);
  b.Define("y", Builder::kData);
  const uint64_t x = program.Word(), y = program.Word();
  program.Rela(x, A::kSymbol, program.Refer("x"));
  program.Rela(y, A::kSymbol, program.Refer("y"));
  BufferFile& first = bench.AddFile("/a/x.so", a.Build());
  BufferFile& second = bench.AddFile("/b/x.so", b.Build());
  BufferFile& file = bench.AddFile("/bin/x.so", program.Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(this->Plan(bench, *session,
                         {{&file, {}}, {&first, {}}, {&second, {}}, {&first, {}}, {&file, {}}}));
  EXPECT_EQ(this->Paths(*session), (std::vector<std::string>{"/bin/x.so", "/a/x.so", "/b/x.so"}));
  ASSERT_TRUE(session->Map() && session->Relocate()) << bench.diagnostics.text();
  auto& record = *session->records()[0];
  EXPECT_EQ(bench.WordAt(record, x), session->records()[1]->RunTime(Builder::kData));
  EXPECT_EQ(bench.WordAt(record, y), session->records()[2]->RunTime(Builder::kData));
}

// Under a policy that has each root once, one file is one root, and files of one name are two.
TYPED_TEST(IdentityTest, AFileWithoutASonameIsARootOnce) {
  using Builder = typename TestFixture::Builder;
  Policy policy = kProgramPolicy;
  policy.unique_sonames = true;
  typename TestFixture::ProgramBench bench(policy);
  ASSERT_TRUE(bench.Link(bench.AddFile("/lib/x.so", Builder("").Build())));
  BufferFile& first = bench.AddFile("/a/x.so", Builder("").Build());
  BufferFile& second = bench.AddFile("/b/x.so", Builder("").Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(first) && session->AddRoot(second)) << bench.diagnostics.text();
  EXPECT_FALSE(session->AddRoot(first));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kAlreadyLoaded,
                                             .image = "/a/x.so",
                                             .wanted = "x.so",
                                             .other = "/a/x.so"}}));
  EXPECT_EQ(session->records().size(), 2u);
}

//   program -> libx.so, which is to be found elsewhere than the preload /pa/libx.so
TYPED_TEST(IdentityTest, APreloadStandsInForNobody) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), preload(""), library("");
  const uint64_t word = program.Word();
  program.Needed("libx.so").Rela(word, A::kSymbol, program.Refer("f"));
  library.Define("f", Builder::kData);
  BufferFile& file = bench.AddFile("/bin/program", program.Build());
  BufferFile& other = bench.AddFile("/pa/libx.so", preload.Build());
  bench.AddLibrary("libx.so", library.Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(this->Plan(bench, *session, {{&file, {}}, {&other, {}}}));
  EXPECT_EQ(this->Paths(*session),
            (std::vector<std::string>{"/bin/program", "/pa/libx.so", "/lib/libx.so"}));
  ASSERT_TRUE(session->Map() && session->Relocate()) << bench.diagnostics.text();
  EXPECT_EQ(session->records()[0]->needed[0], session->records()[2]);
  EXPECT_EQ(bench.WordAt(*session->records()[0], word),
            session->records()[2]->RunTime(Builder::kData));
}

// One that was asked for by name is what DT_NEEDED asks for by that name, whatever its DT_SONAME.
TYPED_TEST(IdentityTest, APreloadIsKnownByWhatItWasAskedForBy) {
  using Builder = typename TestFixture::Builder;
  for (const char* soname : {"", "other.so"}) {
    SCOPED_TRACE(soname);
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program("");
    program.Needed("libx.so");
    BufferFile& file = bench.AddFile("/bin/program", program.Build());
    BufferFile& preload = bench.AddFile("/pa/file.so", Builder(soname).Build());
    BufferFile& again = bench.AddFile("/pb/file.so", Builder(soname).Build());
    auto session = bench.NewSession();
    ASSERT_TRUE(
        this->Plan(bench, *session, {{&file, {}}, {&preload, "libx.so"}, {&again, "libx.so"}}));
    EXPECT_EQ(this->Paths(*session), (std::vector<std::string>{"/bin/program", "/pa/file.so"}));
    EXPECT_EQ(session->records()[0]->needed[0], session->records()[1]);
    EXPECT_TRUE(bench.finder.searches().empty());
  }
}

// Asked for by its path and then by a name, it has that name too.
TYPED_TEST(IdentityTest, ARootOnceMoreHasOneNameMore) {
  using Builder = typename TestFixture::Builder;
  for (const char* soname : {"", "file.so"}) {
    SCOPED_TRACE(soname);
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program("");
    program.Needed("libx.so");
    BufferFile& file = bench.AddFile("/bin/program", program.Build());
    BufferFile& preload = bench.AddFile("/pa/file.so", Builder(soname).Build());
    auto session = bench.NewSession();
    ASSERT_TRUE(this->Plan(bench, *session, {{&file, {}}, {&preload, {}}, {&preload, "libx.so"}}));
    EXPECT_EQ(this->Paths(*session), (std::vector<std::string>{"/bin/program", "/pa/file.so"}));
    EXPECT_TRUE(bench.finder.searches().empty());
  }
}

//   program -> a.so, b.so;  both -> libx.so, which has no DT_SONAME;  b.so -> program's own name
TYPED_TEST(IdentityTest, WhatWasFoundByANameIsFoundByItAgain) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), a("a.so"), b("b.so");
  program.Needed("a.so").Needed("b.so");
  bench.AddLibrary("a.so", a.Needed("libx.so").Build());
  bench.AddLibrary("b.so", b.Needed("libx.so").Needed("program").Build());
  bench.AddLibrary("libx.so", Builder("").Build());
  bench.AddLibrary("program", Builder("").Build());
  BufferFile& file = bench.AddFile("/bin/program", program.Build());
  auto session = bench.NewSession();
  ASSERT_TRUE(this->Plan(bench, *session, {{&file, {}}}));
  EXPECT_EQ(this->Paths(*session),
            (std::vector<std::string>{"/bin/program", "/lib/a.so", "/lib/b.so", "/lib/libx.so",
                                      "/lib/program"}));
  EXPECT_EQ(bench.finder.searches(),
            (std::vector<std::string>{"a.so", "b.so", "libx.so", "program"}));
  EXPECT_EQ(session->records()[2]->needed[0], session->records()[3]);
  EXPECT_EQ(session->records()[2]->needed[1], session->records()[4]);
}

// The program, as a kernel maps it, has no name either; ld.elf_so's DT_SONAME is its.
TYPED_TEST(IdentityTest, AdoptedImagesWithoutASonameAreFoundByNoName) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  auto session = bench.NewSession();
  Headers<A> headers[2];
  const std::pair<const char*, const char*> adopted[] = {{"", "/bin/libx.so"},
                                                         {"ld.so.1", "/bin/linker"}};
  for (size_t i = 0; i < 2; ++i) {
    Builder builder(adopted[i].first);
    if (i == 0) builder.Needed("libx.so").Needed("ld.so.1");
    BufferFile& file = bench.AddFile(adopted[i].second, builder.Build());
    LoadPlan plan;
    ASSERT_TRUE(ReadHeaders<A>(bench.diagnostics, file, bench.policy, headers[i]));
    ASSERT_TRUE(PlanLoad<A>(bench.diagnostics, bench.arena, headers[i].phdrs, file.Size(), 0x1000,
                            bench.policy, plan));
    ASSERT_TRUE(
        session->Adopt({.path = adopted[i].second,
                        .phdrs = headers[i].phdrs,
                        .image = bench.loader.Place(file, plan, 0x70000000 + 0x1000000 * i)}))
        << bench.diagnostics.text();
    FreePlan(bench.arena, plan);
  }
  bench.AddLibrary("libx.so", Builder("").Build());
  ASSERT_TRUE(session->Plan()) << bench.diagnostics.text();
  EXPECT_EQ(this->Paths(*session),
            (std::vector<std::string>{"/bin/libx.so", "/bin/linker", "/lib/libx.so"}));
  EXPECT_EQ(session->records()[0]->needed[0], session->records()[2]);
  EXPECT_EQ(session->records()[0]->needed[1], session->records()[1]);
}

}  // namespace
}  // namespace rtld
