// SPDX-License-Identifier: BSD-2-Clause
//
// The closure's order: breadth first, and where DF_1_INTERPOSE puts an image.

#include "rtld_shared/link/closure.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::BufferFile;
using testing::OnlyError;

// Writes down the order that it was given.
template <arch::ElfArch A>
class OrderedScope : public ProgramScope<A> {
 public:
  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    order.clear();
    for (const Module<A>* module : closure) order += std::string(module->name) + " ";
    return ProgramScope<A>::SetClosure(closure);
  }
  static inline std::string order;
};

template <class ArchType>
struct OrderedSeams : testing::TestSeams<ArchType> {
  using Scope = OrderedScope<ArchType>;
};

template <class L>
class ClosureTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = rtld::testing::ImageBuilder<A>;
  using Seams = OrderedSeams<A>;
  using Bench = rtld::testing::Bench<Seams>;

  void SetUp() override { OrderedScope<A>::order.clear(); }
  static const std::string& Order() { return OrderedScope<A>::order; }

  static Builder Image(const std::string& name, const std::vector<std::string>& needed,
                       bool interposes = false) {
    Builder builder(name);
    for (const std::string& other : needed) builder.Needed(other);
    builder.Define("f", Builder::kData);
    builder.Dynamic(elf::kDtFlags1, interposes ? elf::kDf1Interpose | elf::kDf1Now : elf::kDf1Now);
    return builder;
  }

  //   program -> a, b     a -> i     b -> j, c     i and j interpose
  static BufferFile& AddProgram(Bench& bench) {
    bench.AddLibrary("a", Image("a", {"i"}).Build());
    bench.AddLibrary("b", Image("b", {"j", "c"}).Build());
    bench.AddLibrary("i", Image("i", {}, true).Build());
    bench.AddLibrary("j", Image("j", {}, true).Build());
    bench.AddLibrary("c", Image("c", {}).Build());
    return bench.AddFile("/bin/program", Image("", {"a", "b"}).Build());
  }

  // An image that has relocated itself.
  static void AdoptLinker(Bench& bench, Session<Seams>& session) {
    BufferFile& file = bench.AddFile("/libexec/linker", Image("linker", {}).Build());
    Headers<A> headers;
    LoadPlan plan;
    ASSERT_TRUE(ReadHeaders<A>(bench.diagnostics, file, bench.policy, headers));
    ASSERT_TRUE(PlanLoad<A>(bench.diagnostics, bench.arena, headers.phdrs, file.Size(), 0x1000,
                            bench.policy, plan));
    const testing::FakeLoader::Image image = bench.loader.Place(file, plan, 0x70000000);
    FreePlan(bench.arena, plan);
    ASSERT_TRUE(session.Adopt(
        {.path = "/libexec/linker", .phdrs = headers.phdrs, .image = image, .relocated = true}));
  }
};
TYPED_TEST_SUITE(ClosureTest, rtld::testing::Layouts);

TYPED_TEST(ClosureTest, InterposersComeBehindTheProgramInTheirOrder) {
  typename TestFixture::Bench bench(kProgramPolicy);
  auto& program = TestFixture::AddProgram(bench);
  ASSERT_TRUE(bench.Link(program)) << bench.diagnostics.text();
  EXPECT_EQ(TestFixture::Order(), "program i j a b c ");
  // The records are in the order of loading, as before.
  EXPECT_EQ(bench.committed[1]->name, "a");
}

TYPED_TEST(ClosureTest, InterposersComeBehindPreloadsAndBeforeTheLinker) {
  typename TestFixture::Bench bench(kProgramPolicy);
  auto& program = TestFixture::AddProgram(bench);
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(program));
  ASSERT_TRUE(session->AddRoot(
      bench.AddFile("/lib/preload", TestFixture::Image("preload", {"c"}).Build())));
  TestFixture::AdoptLinker(bench, *session);
  ASSERT_TRUE(session->Plan() && session->Map() && session->Relocate()) << bench.diagnostics.text();
  EXPECT_EQ(TestFixture::Order(), "program preload i j linker a b c ");
}

// A program that links itself is adopted relocated.
TYPED_TEST(ClosureTest, NobodyComesBeforeTheProgram) {
  typename TestFixture::Bench bench(kProgramPolicy);
  auto& library = TestFixture::AddProgram(bench);
  auto session = bench.NewSession();
  TestFixture::AdoptLinker(bench, *session);
  ASSERT_TRUE(session->AddRoot(library));
  ASSERT_TRUE(session->Plan() && session->Map() && session->Relocate()) << bench.diagnostics.text();
  EXPECT_EQ(TestFixture::Order(), "linker program i j a b c ");
}

TYPED_TEST(ClosureTest, ReferencesBindToTheInterposer) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::Bench bench(kProgramPolicy);
  TestFixture::AddProgram(bench);
  Builder program("");
  program.Needed("a").Needed("b");
  const uint64_t f = program.Word();
  program.Rela(f, A::kSymbol, program.Refer("f"));
  ASSERT_TRUE(bench.Link(bench.AddFile("/bin/asks", program.Build()))) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*bench.Find("asks"), f), bench.Find("i")->RunTime(Builder::kData));
}

// What is bound already is not bound again.
TYPED_TEST(ClosureTest, NobodyInterposesOnceImagesAreLinked) {
  typename TestFixture::Bench bench(kProgramPolicy);
  auto& first = bench.AddFile("/lib/c", TestFixture::Image("c", {}).Build());
  ASSERT_TRUE(bench.Link(first)) << bench.diagnostics.text();
  ASSERT_TRUE(bench.Link(TestFixture::AddProgram(bench))) << bench.diagnostics.text();
  EXPECT_EQ(TestFixture::Order(), "program a b i j c ");
}

TYPED_TEST(ClosureTest, WithoutMemoryForTheOrderNothingIsLinked) {
  size_t made = 0;
  {
    typename TestFixture::Bench bench(kProgramPolicy);
    auto session = bench.NewSession();
    ASSERT_TRUE(session->AddRoot(TestFixture::AddProgram(bench)));
    ASSERT_TRUE(session->Plan() && session->Map());
    made = bench.arena.made();
    ASSERT_TRUE(session->Relocate());
    ASSERT_GT(bench.arena.made(), made);
  }
  bool refused = true;
  for (size_t fails = made; refused; ++fails) {
    typename TestFixture::Bench bench(kProgramPolicy, fails);
    auto session = bench.NewSession();
    ASSERT_TRUE(session->AddRoot(TestFixture::AddProgram(bench)));
    ASSERT_TRUE(session->Plan() && session->Map());
    refused = !session->Relocate();
    EXPECT_EQ(refused, bench.arena.refused() != 0);
    if (refused) {
      EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kNoMemory, .detail = "scope"}}));
    }
    session.reset();
    EXPECT_EQ(bench.arena.live(), 0u);
  }
}

}  // namespace
}  // namespace rtld
