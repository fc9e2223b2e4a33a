// SPDX-License-Identifier: BSD-2-Clause
//
// Sessions over images of all four layouts: what a linked set looks like, which definition a
// reference gets, and that every failure is told exactly and leaves nothing behind.

#include "rtld_shared/link/session.h"

#include <gtest/gtest.h>

#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using testing::Bench;
using testing::SymbolOptions;

template <class L>
class SessionTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = rtld::testing::ImageBuilder<A>;
  using ModuleBench = Bench<rtld::testing::TestSeams<A>>;
  using ProgramBench = Bench<rtld::testing::TestSeams<A, ProgramScope>>;
};
using Layouts =
    ::testing::Types<elf::Layout32Le, elf::Layout32Be, elf::Layout64Le, elf::Layout64Be>;
TYPED_TEST_SUITE(SessionTest, Layouts);

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
  // Each soname was searched once.
  EXPECT_EQ(bench.finder.searches(), (std::vector<std::string>{"dep.kld", "base.kld"}));
  // Text executable, rodata read-only, relro sealed over writable data.
  const auto& protections = linked.image.state()->protections;
  EXPECT_EQ(protections.at(Builder::kBase), Protection::kRead);
  EXPECT_EQ(protections.at(Builder::kText), Protection::kReadExecute);
  EXPECT_EQ(protections.at(Builder::kRelro), Protection::kRead);
  EXPECT_EQ(linked.image.state()->synced, std::vector<uint64_t>{Builder::kText});
}

}  // namespace
}  // namespace rtld
