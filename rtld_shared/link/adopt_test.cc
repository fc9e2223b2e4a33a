// SPDX-License-Identifier: BSD-2-Clause
//
// Images that somebody else has mapped: what of their program headers counts, and what is none of
// the session's business.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::BufferFile;
using testing::FakeLoader;
using testing::OnlyError;

template <class L>
class AdoptTest : public testing::LayoutTest<L> {
 public:
  using typename testing::LayoutTest<L>::A;
  using typename testing::LayoutTest<L>::Builder;
  using Bench = typename testing::LayoutTest<L>::ModuleBench;
  using Phdr = typename L::Phdr;

  // How the kernel is adopted: only some of it may be wrong.
  struct Kernel {
    std::vector<Phdr> phdrs;
    FakeLoader::Image image;
    bool relocated = true;
    bool owned = false;
  };

  AdoptTest() : bench(kKernelPolicy), builder("kernel") {
    builder.Define("kprintf", Builder::kText + 16, {.type = elf::kSttFunc, .version = "K_1"});
  }

  // What `builder` makes, in memory.
  Kernel Boot() {
    Policy any = kProgramPolicy;
    any.allow_writable_code = any.allow_text_relocations = true;
    BufferFile& file = bench.AddFile("/boot/kernel", builder.Build());
    Headers<A> headers;
    LoadPlan plan;
    EXPECT_TRUE(ReadHeaders<A>(bench.diagnostics, file, any, headers));
    EXPECT_TRUE(
        PlanLoad<A>(bench.diagnostics, bench.arena, headers.phdrs, file.Size(), 0x1000, any, plan));
    Kernel kernel = {{headers.phdrs.begin(), headers.phdrs.end()},
                     bench.loader.Place(file, plan, 0x70000000)};
    FreePlan(bench.arena, plan);
    return kernel;
  }
  bool Adopt(const Kernel& kernel) {
    session = bench.NewSession();
    return session->Adopt({.path = "/boot/kernel",
                           .phdrs = kernel.phdrs,
                           .image = kernel.image,
                           .relocated = kernel.relocated,
                           .owned = kernel.owned});
  }
  // A module that refers to a symbol of the kernel by its address.
  bool LinkModule(const char* symbol) {
    Builder module("m.kld");
    place = module.Word();
    module.Needed("kernel").Rela(place, A::kSymbol,
                                 module.Refer(symbol, {.version = "K_1", .file = "kernel"}));
    return session->AddRoot(bench.AddFile("m.kld", module.Build())) && session->Plan() &&
           session->Map() && session->Relocate();
  }

  Bench bench;
  Builder builder;
  std::unique_ptr<Session<typename Bench::SeamsType>> session;
  uint64_t place = 0;
};
TYPED_TEST_SUITE(AdoptTest, rtld::testing::Layouts);

TYPED_TEST(AdoptTest, HeadersSayWhereThingsAreInMemoryOnly) {
  using Builder = typename TestFixture::Builder;
  using Phdr = typename TestFixture::Phdr;
  // No place in the file and no bytes there; then what could not be true of any file.
  for (const bool none : {true, false}) {
    auto kernel = this->Boot();
    std::vector<Phdr> own;
    for (const Phdr& header : kernel.phdrs) {
      if (header.type != elf::kPtLoad && header.type != elf::kPtDynamic) continue;
      own.push_back({});
      own.back().type = header.type;
      own.back().flags = header.flags;
      own.back().vaddr = header.vaddr;
      own.back().memsz = header.memsz;
      if (none) continue;
      own.back().offset = header.vaddr + 0x123;
      own.back().filesz = header.memsz + 0x1000;
    }
    kernel.phdrs = own;
    ASSERT_TRUE(this->Adopt(kernel)) << this->bench.diagnostics.text();
    const LoadPlan& plan = this->session->records()[0]->plan;
    ASSERT_EQ(plan.segments.size(), 3u);
    for (const Segment& segment : plan.segments) {
      EXPECT_EQ(segment.offset, 0u);
      EXPECT_EQ(segment.filesz, segment.memsz);
    }
    ASSERT_TRUE(this->LinkModule("kprintf")) << this->bench.diagnostics.text();
    EXPECT_EQ(this->bench.WordAt(*this->session->records()[1], this->place),
              this->session->records()[0]->RunTime(Builder::kText + 16));
  }
}

TYPED_TEST(AdoptTest, WritableCodeIsRefusedOnlyWhereTheSessionProtects) {
  auto kernel = this->Boot();
  kernel.phdrs[1].flags = elf::kPfR | elf::kPfW | elf::kPfX;
  ASSERT_TRUE(this->Adopt(kernel)) << this->bench.diagnostics.text();
  EXPECT_TRUE(this->LinkModule("kprintf")) << this->bench.diagnostics.text();
  kernel.owned = true;
  EXPECT_FALSE(this->Adopt(kernel));
  EXPECT_TRUE(OnlyError(this->bench.diagnostics,
                        {{.error = Error::kWritableCode, .image = "/boot/kernel", .value = 1}}));
}

TYPED_TEST(AdoptTest, ThreadLocalsAreRefusedOnlyWhereTheSessionRelocates) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  this->builder.Segment(elf::kPtTls, Builder::kData, 0x20, elf::kPfR);
  this->builder.Define("errno", 8, {.type = elf::kSttTls, .version = "K_1"});
  auto kernel = this->Boot();
  kernel.relocated = false;
  EXPECT_FALSE(this->Adopt(kernel));
  EXPECT_TRUE(OnlyError(this->bench.diagnostics,
                        {{.error = Error::kThreadLocal, .image = "/boot/kernel", .value = 6}}));
  this->bench.diagnostics.Clear();
  kernel.relocated = true;
  ASSERT_TRUE(this->Adopt(kernel)) << this->bench.diagnostics.text();
  EXPECT_TRUE(this->LinkModule("kprintf")) << this->bench.diagnostics.text();
  // What such a symbol has is an offset, and no address.
  ASSERT_TRUE(this->Adopt(kernel));
  EXPECT_FALSE(this->LinkModule("errno"));
  Report expected = this->At(Error::kThreadLocal, this->place, A::kSymbol);
  expected.image = "m.kld";
  expected.symbol = "errno";
  EXPECT_TRUE(OnlyError(this->bench.diagnostics, {expected}));
}

TYPED_TEST(AdoptTest, TextRelocationsAreRefusedOnlyWhereTheSessionRelocates) {
  this->builder.Dynamic(elf::kDtTextRel, 0);
  auto kernel = this->Boot();
  ASSERT_TRUE(this->Adopt(kernel)) << this->bench.diagnostics.text();
  EXPECT_TRUE(this->LinkModule("kprintf")) << this->bench.diagnostics.text();
  kernel.relocated = false;
  EXPECT_FALSE(this->Adopt(kernel));
  EXPECT_TRUE(OnlyError(this->bench.diagnostics,
                        {{.error = Error::kTextRelocations, .image = "/boot/kernel"}}));
}

}  // namespace
}  // namespace rtld
