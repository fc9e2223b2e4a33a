// SPDX-License-Identifier: BSD-2-Clause
//
// Sessions over images of all four layouts: what a linked set looks like, which definition a
// reference gets, and that every failure is told exactly and leaves nothing behind.

#include "rtld_shared/link/session.h"

#include <gtest/gtest.h>

#include <set>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::Bench;
using testing::BufferFile;
using testing::FakeLoader;
using testing::Matches;
using testing::OnlyError;
using testing::SymbolOptions;

template <class L>
class SessionTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = rtld::testing::ImageBuilder<A>;
  using ModuleBench = Bench<rtld::testing::TestSeams<A>>;
  using ProgramBench = Bench<rtld::testing::TestSeams<A, ProgramScope>>;
};
TYPED_TEST_SUITE(SessionTest, rtld::testing::Layouts);

TYPED_TEST(SessionTest, LinksARootAndWhatItNeeds) {
  //   root.kld -> dep.kld -> base.kld, root.kld -> base.kld
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder base("base.kld");
  base.Define("base_value", Builder::kData + 0x10);
  Builder dep("dep.kld");
  dep.Needed("base.kld").Define("dep_value", Builder::kData + 0x20);
  Builder root("root.kld");
  root.Needed("dep.kld").Needed("base.kld");
  const uint64_t relative = root.Word(), dep_word = root.Word(), base_word = root.RelroWord();
  root.Rela(relative, A::kRelative, 0, Builder::kText + 4);
  root.Rela(dep_word, A::kSymbol, root.Refer("dep_value"), 0x100);
  root.Rela(base_word, A::kGlobDat, root.Refer("base_value"));
  bench.AddLibrary("base.kld", base.Build());
  bench.AddLibrary("dep.kld", dep.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("/m/root.kld", root.Build()))) << bench.diagnostics.text();

  ASSERT_EQ(bench.committed.size(), 3u);
  auto& linked = *bench.Find("root.kld");
  auto& linked_dep = *bench.Find("dep.kld");
  auto& linked_base = *bench.Find("base.kld");
  EXPECT_EQ(bench.committed[0], &linked);
  EXPECT_EQ(bench.committed[1], &linked_dep);
  EXPECT_EQ(bench.WordAt(linked, relative), linked.RunTime(Builder::kText + 4));
  EXPECT_EQ(bench.WordAt(linked, dep_word), linked_dep.RunTime(Builder::kData + 0x120));
  EXPECT_EQ(bench.WordAt(linked, base_word), linked_base.RunTime(Builder::kData + 0x10));
  EXPECT_EQ(linked.needed[0], &linked_dep);
  EXPECT_EQ(linked.needed[1], &linked_base);
  EXPECT_TRUE(linked.root);
  EXPECT_FALSE(linked_dep.root);
  // Of the files nothing is kept.
  EXPECT_EQ(linked.name.data(), linked.dynamic.soname.data());
  // Each soname was searched once.
  EXPECT_EQ(bench.finder.searches(), (std::vector<std::string>{"dep.kld", "base.kld"}));
  // Text executable, rodata read-only, relro sealed over writable data.
  const auto& protections = linked.image.state()->protections;
  EXPECT_EQ(protections.at(Builder::kBase), Protection::kRead);
  EXPECT_EQ(protections.at(Builder::kText), Protection::kReadExecute);
  EXPECT_EQ(protections.at(Builder::kRelro), Protection::kRead);
  EXPECT_EQ(linked.image.state()->synced, std::vector<uint64_t>{Builder::kText});
}

TYPED_TEST(SessionTest, UnversionedReferenceBindsInDirectlyNeededModulesInOrder) {
  //   root.kld -> a.kld -> c.kld;  root.kld -> b.kld.  a, b and c define f; only c defines g.
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder a("a.kld"), b("b.kld"), c("c.kld"), root("root.kld");
  a.Needed("c.kld").Define("f", Builder::kData + 8);
  b.Define("f", Builder::kData + 0x10);
  c.Define("f", Builder::kData + 0x18);
  c.Define("g", Builder::kData + 0x20);
  root.Needed("b.kld").Needed("a.kld");
  const uint64_t f = root.Word(), own = root.Word();
  root.Rela(f, A::kSymbol, root.Refer("f"));
  // No interposition: a module's own definition is what it uses.
  root.Rela(own, A::kSymbol, root.Define("g", Builder::kData + 0x40));
  bench.AddLibrary("a.kld", a.Build());
  bench.AddLibrary("b.kld", b.Build());
  bench.AddLibrary("c.kld", c.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  auto& linked = *bench.Find("root.kld");
  EXPECT_EQ(bench.WordAt(linked, f), bench.Find("b.kld")->RunTime(Builder::kData + 0x10));
  EXPECT_EQ(bench.WordAt(linked, own), linked.RunTime(Builder::kData + 0x40));
}

TYPED_TEST(SessionTest, ProgramScopeIsGlobalAndBreadthFirst) {
  //   program -> a.so -> c.so;  program -> b.so.  b and c define f; a refers to it and defines g,
  //   which the program defines too.
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder a("a.so"), b("b.so"), c("c.so"), program("");
  const uint64_t f = a.Word(), g = a.Word(), guarded = a.Word();
  a.Needed("c.so").Rela(f, A::kSymbol, a.Refer("f"));
  a.Rela(g, A::kSymbol, a.Define("g", Builder::kData + 0x40));
  a.Rela(guarded, A::kSymbol,
         a.Define("p", Builder::kData + 0x48, {.visibility = elf::kStvProtected}));
  b.Define("f", Builder::kData + 0x10);
  c.Define("f", Builder::kData + 0x18);
  program.Needed("a.so").Needed("b.so");
  program.Define("g", Builder::kData + 0x20);
  program.Define("p", Builder::kData + 0x28);
  bench.AddLibrary("a.so", a.Build());
  bench.AddLibrary("b.so", b.Build());
  bench.AddLibrary("c.so", c.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("/bin/program", program.Build())))
      << bench.diagnostics.text();
  auto& linked = *bench.Find("a.so");
  EXPECT_EQ(bench.WordAt(linked, f), bench.Find("b.so")->RunTime(Builder::kData + 0x10));
  EXPECT_EQ(bench.WordAt(linked, g), bench.Find("program")->RunTime(Builder::kData + 0x20));
  EXPECT_EQ(bench.WordAt(linked, guarded), linked.RunTime(Builder::kData + 0x48));
}

TYPED_TEST(SessionTest, GlobalModulesComeBeforeTheLocalGroup) {
  //   linked before: old.so (f).  plugin.so -> dep.so (f): the plugin sees old.so's, if it is
  //   global.
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder old("old.so"), dep("dep.so"), plugin("plugin.so");
  old.Define("f", Builder::kData + 8);
  dep.Define("f", Builder::kData + 0x10);
  const uint64_t f = plugin.Word();
  plugin.Needed("dep.so").Rela(f, A::kSymbol, plugin.Refer("f"));
  bench.AddLibrary("dep.so", dep.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("old.so", old.Build()))) << bench.diagnostics.text();
  BufferFile& file = bench.AddFile("plugin.so", plugin.Build());
  Module<A>* global[] = {bench.Find("old.so")};
  for (const bool is_global : {true, false}) {
    const std::span<Module<A>* const> scope =
        is_global ? std::span<Module<A>* const>(global) : std::span<Module<A>* const>();
    auto session = bench.NewSession(ProgramScope<A>(scope));
    ASSERT_TRUE(session->AddRoot(file) && session->Plan() && session->Map() && session->Relocate());
    const auto& provider =
        is_global ? *bench.Find("old.so") : static_cast<Module<A>&>(*session->records()[1]);
    EXPECT_EQ(bench.WordAt(*session->records()[0], f),
              provider.RunTime(Builder::kData + (is_global ? 8 : 0x10)));
  }
}

TYPED_TEST(SessionTest, LoadedModulesAreUsedAndNotSearched) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder base("base.kld"), root("root.kld");
  base.Define("f", Builder::kData + 8);
  ASSERT_TRUE(bench.Link(bench.AddFile("base.kld", base.Build())));
  const uint64_t f = root.Word();
  root.Needed("base.kld").Rela(f, A::kSymbol, root.Refer("f"));
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  EXPECT_TRUE(bench.finder.searches().empty());
  EXPECT_EQ(bench.WordAt(*bench.Find("root.kld"), f),
            bench.Find("base.kld")->RunTime(Builder::kData + 8));
  EXPECT_EQ(bench.Find("base.kld")->node, Module<A>::kLinked);
}

TYPED_TEST(SessionTest, AdoptedImageIsRelocatedUnlessSomebodyHasDoneIt) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const bool relocated : {false, true}) {
    typename TestFixture::ModuleBench bench(kKernelPolicy);
    Builder kernel("kernel");
    kernel.Define("kprintf", Builder::kText + 0x10, {.type = elf::kSttFunc, .version = "K_1"});
    const uint64_t relr = kernel.Word(Builder::kText + 4);
    kernel.RelrWords({relr});
    BufferFile& file = bench.AddFile("/boot/kernel", kernel.Build());
    Headers<A> headers;
    LoadPlan plan;
    ASSERT_TRUE(ReadHeaders<A>(bench.diagnostics, file, bench.policy, headers));
    ASSERT_TRUE(PlanLoad<A>(bench.diagnostics, bench.arena, headers.phdrs, file.Size(), 0x1000,
                            bench.policy, plan));
    FakeLoader::Image image = bench.loader.Place(file, plan, 0x70000000);
    FreePlan(bench.arena, plan);
    auto session = bench.NewSession();
    ASSERT_TRUE(session->Adopt(
        {.path = "/boot/kernel", .phdrs = headers.phdrs, .image = image, .relocated = relocated}))
        << bench.diagnostics.text();
    Builder module("m.kld");
    const uint64_t call = module.Word();
    module.Needed("kernel").Rela(call, A::kSymbol,
                                 module.Refer("kprintf", {.version = "K_1", .file = "kernel"}));
    ASSERT_TRUE(session->AddRoot(bench.AddFile("m.kld", module.Build())));
    Committed<typename std::remove_reference_t<decltype(bench)>::SeamsType> out;
    ASSERT_TRUE(session->Plan() && session->Map() && session->Relocate() && session->Protect() &&
                session->Seal() && std::move(*session).Commit(out))
        << bench.diagnostics.text();
    bench.Take(out);
    auto& adopted = *bench.Find("kernel");
    EXPECT_TRUE(adopted.versioned_only);
    EXPECT_TRUE(adopted.relocated);
    EXPECT_EQ(bench.WordAt(adopted, relr), Builder::kText + 4 + (relocated ? 0u : adopted.bias));
    EXPECT_EQ(bench.WordAt(*bench.Find("m.kld"), call), adopted.RunTime(Builder::kText + 0x10));
    // The kernel's pages are nobody's business but its own.
    EXPECT_TRUE(adopted.image.state()->protections.empty());
    session.reset();
    EXPECT_FALSE(image.state()->released);
  }
}

TYPED_TEST(SessionTest, AllMissingDependenciesAreTold) {
  //   root.kld -> gone.kld, a.kld -> gone too.kld
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  bench.finder.SetSearched({"/boot/modules", "/modules"});
  Builder a("a.kld"), root("root.kld");
  bench.AddLibrary("a.kld", a.Needed("gone too.kld").Build());
  root.Needed("gone.kld").Needed("a.kld");
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("/x/root.kld", root.Build())));
  EXPECT_FALSE(session->Plan());
  EXPECT_EQ(bench.loader.calls(), 0u);
  ASSERT_EQ(bench.diagnostics.errors().size(), 2u);
  EXPECT_TRUE(
      Matches(bench.diagnostics.errors()[0],
              {{.error = Error::kMissingDependency, .image = "/x/root.kld", .wanted = "gone.kld"},
               {"/boot/modules", "/modules"}}));
  EXPECT_TRUE(Matches(
      bench.diagnostics.errors()[1],
      {{.error = Error::kMissingDependency, .image = "/lib/a.kld", .wanted = "gone too.kld"},
       {"/boot/modules", "/modules"}}));
  EXPECT_FALSE(session->Map());
  EXPECT_EQ(bench.diagnostics.errors().back().flat.error, Error::kOutOfOrder);
}

// What images say is read from the file, and once more from memory.
TYPED_TEST(SessionTest, WarningsAreToldOnce) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder dep("dep.kld"), root("root.kld");
  root.Needed("dep.kld").Dynamic(0x1234, 0);
  bench.AddLibrary("dep.kld", dep.DynamicString(elf::kDtRunPath, "/elsewhere").Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  const auto& warnings = bench.diagnostics.warnings();
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_TRUE(Matches(warnings[0], {{.error = Error::kIgnoredTag,
                                     .image = "root.kld",
                                     .detail = "unknown tag",
                                     .value = 0x1234}}));
  EXPECT_TRUE(Matches(warnings[1], {{.error = Error::kIgnoredTag,
                                     .image = "/lib/dep.kld",
                                     .needed_by = "root.kld",
                                     .detail = "DT_RUNPATH"}}));
}

TYPED_TEST(SessionTest, CycleIsToldAsItsPath) {
  //   root.kld -> a.kld -> b.kld -> c.kld -> a.kld
  using Builder = typename TestFixture::Builder;
  for (const bool allowed : {false, true}) {
    Policy policy = kKernelPolicy;
    policy.allow_cycles = allowed;
    typename TestFixture::ModuleBench bench(policy);
    Builder a("a.kld"), b("b.kld"), c("c.kld"), root("root.kld");
    bench.AddLibrary("a.kld", a.Needed("b.kld").Build());
    bench.AddLibrary("b.kld", b.Needed("c.kld").Build());
    bench.AddLibrary("c.kld", c.Needed("a.kld").Build());
    EXPECT_EQ(bench.Link(bench.AddFile("root.kld", root.Needed("a.kld").Build())), allowed);
    if (allowed) continue;
    EXPECT_TRUE(
        OnlyError(bench.diagnostics, {{.error = Error::kCycle, .image = "/lib/a.kld"},
                                      {"/lib/a.kld", "/lib/b.kld", "/lib/c.kld", "/lib/a.kld"}}));
    EXPECT_EQ(bench.arena.live(), 0u);
  }
}

//   a.kld, b.kld (no memory for it), then c.kld -> a.kld, and b.kld again
TYPED_TEST(SessionTest, RefusedRootLeavesTheOthersAsTheyWere) {
  using Builder = typename TestFixture::Builder;
  size_t refused = 0;
  for (size_t fail_at = 0;; ++fail_at) {
    typename TestFixture::ModuleBench bench(kKernelPolicy);
    Builder a("a.kld"), b("b.kld"), c("c.kld");
    c.Needed("a.kld");
    const auto session = bench.NewSession();
    ASSERT_TRUE(session->AddRoot(bench.AddFile("a.kld", a.Build())));
    BufferFile& again = bench.AddFile("b.kld", b.Build());
    bench.arena.FailAt(bench.arena.made() + fail_at);
    const bool added = session->AddRoot(again);
    bench.arena.FailAt(testing::CountingArena::kNever);
    refused += !added;
    ASSERT_TRUE(session->AddRoot(bench.AddFile("c.kld", c.Build())));
    ASSERT_TRUE(added || session->AddRoot(again));
    ASSERT_TRUE(session->Plan()) << bench.diagnostics.text();
    EXPECT_EQ(session->records().size(), 3u);
    EXPECT_EQ(session->records()[1 + added]->needed[0], session->records()[0]);
    EXPECT_TRUE(bench.finder.searches().empty());
    if (added) break;
  }
  EXPECT_GT(refused, 0u);
}

TYPED_TEST(SessionTest, KernelPolicyRefusesCopiesAndUniqueSymbolsFromTheFile) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder unique("u.kld");
  unique.Define("once", Builder::kData, {.bind = elf::kStbGnuUnique});
  EXPECT_FALSE(bench.Link(bench.AddFile("u.kld", unique.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics,
                        {{.error = Error::kUniqueSymbol, .image = "u.kld", .symbol = "once"}}));
  bench.diagnostics.Clear();
  Builder copy("c.kld");
  const uint64_t at = copy.Word();
  copy.Rela(at, A::kCopy, copy.Define("v", at));
  EXPECT_FALSE(bench.Link(bench.AddFile("c.kld", copy.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kCopyRelocation,
                                             .has_place = true,
                                             .has_type = true,
                                             .image = "c.kld",
                                             .symbol = "v",
                                             .type_name = "R_EX_COPY",
                                             .place = at,
                                             .type = A::kCopy}}));
  EXPECT_EQ(bench.loader.calls(), 0u);
}

// No foreign code runs before the images are protected, nor a second time.
TYPED_TEST(SessionTest, ResolversRunInTheirTimeOnly) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder root("root.kld");
  root.Rela(root.Word(), A::kIrelative, 0, Builder::kText);
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("root.kld", root.Build())) && session->Plan());
  ASSERT_TRUE(session->Map() && session->Relocate()) << bench.diagnostics.text();
  int calls = 0;
  const auto call = [&calls](uint64_t resolver) { return ++calls, resolver; };
  const Report early = {.error = Error::kOutOfOrder, .detail = "RunResolvers"};
  EXPECT_FALSE(session->RunResolvers(call));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {early}));
  EXPECT_EQ(calls, 0);
  ASSERT_TRUE(session->Protect() && session->RunResolvers(call));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(session->RunResolvers(call));
  EXPECT_EQ(calls, 1);
}

TYPED_TEST(SessionTest, StepsOutOfOrderAreRefused) {
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  auto session = bench.NewSession();
  EXPECT_FALSE(session->Map());
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kOutOfOrder, .detail = "Map"}}));
  Builder root("root.kld");
  BufferFile& file = bench.AddFile("root.kld", root.Build());
  ASSERT_TRUE(session->AddRoot(file) && session->Plan());
  EXPECT_FALSE(session->AddRoot(file));
  EXPECT_FALSE(session->Seal());
  Committed<typename std::remove_reference_t<decltype(bench)>::SeamsType> out;
  EXPECT_FALSE(std::move(*session).Commit(out));
  EXPECT_EQ(bench.diagnostics.errors().size(), 4u);
  // None of that did harm.
  EXPECT_TRUE(session->Map() && session->Relocate() && session->Protect() && session->Seal());
}

// A set that uses every part of a session: versions, several modules, weak and undefined symbols'
// lists, IFUNCs. Used to make each allocation and each call of the loader fail in turn.
template <class Fixture>
void AddRichSet(typename Fixture::ModuleBench& bench, bool undefined) {
  using Builder = typename Fixture::Builder;
  using A = typename Fixture::A;
  Builder kernel("kernel"), dep("dep.kld"), root("root.kld");
  kernel.Define("kprintf", Builder::kText, {.type = elf::kSttFunc, .version = "K_1"});
  dep.Needed("kernel").Define("f", Builder::kText, {.type = elf::kSttGnuIfunc});
  root.Needed("dep.kld").Needed("kernel");
  root.Rela(root.Word(), A::kSymbol, root.Refer("kprintf", {.version = "K_1", .file = "kernel"}));
  root.Rela(root.Word(), A::kSymbol, root.Refer("f"));
  root.Rela(root.Word(), A::kSymbol, root.Refer("weak", {.bind = elf::kStbWeak}));
  if (undefined) root.Rela(root.Word(), A::kSymbol, root.Refer("nowhere"));
  bench.AddLibrary("kernel", kernel.Build());
  bench.AddLibrary("dep.kld", dep.Build());
  bench.AddFile("root.kld", root.Build());
}

TYPED_TEST(SessionTest, EveryFailingAllocationLeavesNothing) {
  for (const bool undefined : {false, true}) {
    size_t fail_at = 0;
    for (bool linked = false; !linked && fail_at < 200; ++fail_at) {
      SCOPED_TRACE(fail_at);
      typename TestFixture::ModuleBench bench(kKernelPolicy, fail_at);
      AddRichSet<TestFixture>(bench, undefined);
      linked = bench.Link(*bench.files.back());
      if (bench.arena.refused() == 0) {
        EXPECT_EQ(linked, !undefined);
        break;
      }
      EXPECT_FALSE(linked && undefined);
      EXPECT_EQ(bench.arena.bad_frees(), 0u);
      if (linked) continue;
      EXPECT_FALSE(bench.diagnostics.errors().empty());
      EXPECT_EQ(bench.arena.live(), 0u);
      EXPECT_EQ(bench.loader.live(), 0u);
      EXPECT_EQ(bench.loader.bad_releases(), 0u);
      const Error error = bench.diagnostics.errors().back().flat.error;
      EXPECT_TRUE(error == Error::kNoMemory || (undefined && error == Error::kUndefinedSymbol));
    }
    EXPECT_GT(fail_at, 15u);
  }
}

// The bias and not the start, which is where the lowest segment is linked to be.
TYPED_TEST(SessionTest, BiasesAreAsAlignedAsSegmentsWant) {
  using Builder = typename TestFixture::Builder;
  constexpr uint64_t kAlign = 0x20000;
  static_assert(Builder::kBase % kAlign != 0);
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  for (const std::string name : {"a.kld", "b.kld"}) {
    Builder builder(name);
    builder.edit_phdrs = [](auto& headers) {
      for (auto& header : headers) {
        if (header.type == elf::kPtLoad) header.align = kAlign;
      }
    };
    ASSERT_TRUE(bench.Link(bench.AddFile(name, builder.Build()))) << bench.diagnostics.text();
    EXPECT_EQ(bench.committed.back()->bias % kAlign, 0u);
  }
}

TYPED_TEST(SessionTest, EveryFailingLoaderCallLeavesNothing) {
  std::set<Error> seen;
  for (size_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    typename TestFixture::ModuleBench bench(kKernelPolicy, testing::CountingArena::kNever, fail_at);
    AddRichSet<TestFixture>(bench, false);
    if (bench.Link(*bench.files.back())) {
      // Three images: reserve, three segments, three protections, one seal each.
      EXPECT_EQ(fail_at, 3u * (1 + 3 + 3 + 1));
      break;
    }
    ASSERT_EQ(bench.diagnostics.errors().size(), 1u);
    seen.insert(bench.diagnostics.errors()[0].flat.error);
    EXPECT_EQ(bench.arena.live(), 0u);
    EXPECT_EQ(bench.loader.live(), 0u);
    EXPECT_EQ(bench.loader.bad_releases(), 0u);
    ASSERT_LT(fail_at, 100u);
  }
  EXPECT_EQ(seen,
            (std::set<Error>{Error::kReserveFailed, Error::kMapFailed, Error::kProtectFailed}));
}

}  // namespace
}  // namespace rtld
