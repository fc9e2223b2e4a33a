// SPDX-License-Identifier: BSD-2-Clause
//
// Reading whole images: what a sound one decodes to, and one test per defect of headers and segments
// with its exact report, over the four layouts. dynamic_test.cc has those of the dynamic section.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/testing/layouts.h"
#include "rtld_shared/testing/read_test.h"

namespace rtld {
namespace {

using testing::BufferFile;
using testing::Collector;
using testing::CountingArena;

template <class L>
class ImageTest : public testing::ReadTest<L> {};
TYPED_TEST_SUITE(ImageTest, rtld::testing::Layouts);

TYPED_TEST(ImageTest, SoundImageIsReadWhole) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  Builder builder("x.so");
  builder.Needed("a.so").Needed("b.so").Dynamic(A::kDtMark, 77);
  builder.Dynamic(elf::kDtFlags, elf::kDfSymbolic).Dynamic(elf::kDtInit, Builder::kText);
  builder.entry = Builder::kText + 8;
  builder.Define("defined", Builder::kData, {.version = "V_1"});
  builder.Refer("wanted", {.version = "A_2", .file = "a.so"});
  ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
  EXPECT_EQ(this->headers.entry, Builder::kText + 8);
  EXPECT_EQ(this->headers.type, elf::kEtDyn);
  ASSERT_EQ(this->plan.segments.size(), 3u);
  EXPECT_EQ(this->plan.low, Builder::kBase);
  EXPECT_EQ(this->plan.high, Builder::kData + 0x3000 + 0x1000);
  EXPECT_EQ(this->plan.relro.begin, Builder::kRelro);
  EXPECT_EQ(this->plan.relro.size, 0x1000u);
  EXPECT_FALSE(this->plan.exec_stack);
  EXPECT_TRUE(this->plan.IsCode(Builder::kText + 0xfff));
  EXPECT_FALSE(this->plan.IsCode(Builder::kText + 0x1000));
  EXPECT_FALSE(this->plan.IsCode(Builder::kData));
  EXPECT_EQ(this->info.soname, "x.so");
  EXPECT_TRUE(this->info.symbolic);
  EXPECT_EQ(this->info.init, Builder::kText);
  EXPECT_EQ(this->info.arch_tags.mark, 77u);
  std::vector<std::string> needed;
  this->info.ForEachNeeded([&](std::string_view name) {
    needed.emplace_back(name);
    return true;
  });
  EXPECT_EQ(needed, (std::vector<std::string>{"a.so", "b.so"}));
  EXPECT_EQ(this->info.SymbolCount(), 3u);
  ASSERT_EQ(this->versions.size(), 4u);
  EXPECT_TRUE(this->versions[1].base);
  EXPECT_EQ(this->versions[1].name, "x.so");
  EXPECT_EQ(this->versions[2].name, "V_1");
  EXPECT_EQ(this->versions[2].kind, Version::Kind::kDefined);
  EXPECT_EQ(this->versions[3].name, "A_2");
  EXPECT_EQ(this->versions[3].file, "a.so");
  EXPECT_EQ(this->versions[3].kind, Version::Kind::kNeeded);
  EXPECT_EQ(this->versions[3].hash, SysvHash("A_2"));
  EXPECT_TRUE(this->diagnostics.warnings().empty());
}

TYPED_TEST(ImageTest, EmptyAndHalfHeadersAreToldApart) {
  EXPECT_FALSE(this->Read({}));
  EXPECT_FALSE(this->Read(std::vector<std::byte>(100)));
  std::vector<std::byte> cut = typename TestFixture::Builder("x.so").Build();
  cut.resize(20);
  EXPECT_FALSE(this->Read(cut));
  ASSERT_EQ(this->diagnostics.errors().size(), 3u);
  EXPECT_EQ(this->diagnostics.errors()[0].flat.error, Error::kNotElf);
  EXPECT_EQ(this->diagnostics.errors()[1].flat.error, Error::kNotElf);
  EXPECT_TRUE(
      Matches(this->diagnostics.errors()[2], {{.error = Error::kReadFailed,
                                               .detail = "ELF header",
                                               .limit = sizeof(typename TypeParam::Ehdr)}}));
  // Half a header is ELF's only with all of its magic.
  for (size_t i = 0; i < 4; ++i) {
    std::vector<std::byte> other = cut;
    other[i] ^= std::byte{1};
    this->diagnostics.Clear();
    EXPECT_FALSE(this->Read(other));
    EXPECT_TRUE(OnlyError(this->diagnostics, {{.error = Error::kNotElf}}));
  }
}

// A client's mistake, told as what it is.
struct ShiftedFile {
  ShiftedFile(const std::vector<std::byte>& file, size_t by) : skip(by), bytes(by + file.size()) {
    std::ranges::copy(file, bytes.begin() + static_cast<ptrdiff_t>(by));
  }
  std::string_view Path() const { return "x.so"; }
  uint64_t Size() const { return bytes.size() - skip; }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    return offset <= Size() && size <= Size() - offset ? bytes.data() + skip + offset : nullptr;
  }

  size_t skip;
  std::vector<std::byte> bytes;
};

TYPED_TEST(ImageTest, FilesAreAlignedTo8) {
  using A = typename TestFixture::A;
  const std::vector<std::byte> bytes = typename TestFixture::Builder("x.so").Build();
  for (const size_t by : {1u, 2u, 4u, 8u}) {
    const ShiftedFile file(bytes, by);
    Collector collector;
    Headers<A> headers;
    EXPECT_EQ(ReadHeaders<A>(collector, file, kKernelPolicy, headers), by == 8) << by;
    if (by == 8) continue;
    EXPECT_TRUE(OnlyError(collector, {{.error = Error::kUnsupported,
                                       .detail = "a file whose bytes are not aligned to 8"}}))
        << by;
  }
}

TYPED_TEST(ImageTest, WrongMachineClassOrderAndFlagsAreNamed) {
  using Builder = typename TestFixture::Builder;
  Builder machine("x.so");
  machine.machine = 4711;
  EXPECT_TRUE(this->Refused(
      machine,
      {.error = Error::kWrongMachine, .other = "exemplar", .value = 4711, .limit = 0xfe01}));
  this->diagnostics.Clear();
  Builder flags("x.so");
  flags.flags = 0x81;
  EXPECT_TRUE(
      this->Refused(flags, {.error = Error::kWrongFlags, .other = "exemplar", .value = 0x81}));
  this->diagnostics.Clear();
  const uint8_t kClass = TypeParam::k64 ? 2 : 1;
  Builder other_class("x.so");
  other_class.edit_bytes = [&](auto& bytes) { bytes[4] = std::byte(3 - kClass); };
  EXPECT_TRUE(this->Refused(
      other_class,
      {.error = Error::kWrongClass, .other = "exemplar", .value = 3u - kClass, .limit = kClass}));
  this->diagnostics.Clear();
  const uint8_t kData = TypeParam::kOrder == std::endian::little ? 1 : 2;
  Builder other_order("x.so");
  other_order.edit_bytes = [&](auto& bytes) { bytes[5] = std::byte(3 - kData); };
  EXPECT_TRUE(this->Refused(
      other_order,
      {.error = Error::kWrongByteOrder, .other = "exemplar", .value = 3u - kData, .limit = kData}));
}

TYPED_TEST(ImageTest, OnlySharedObjectsUnlessThePolicyTakesExecutables) {
  using Builder = typename TestFixture::Builder;
  Builder exec("x.so");
  exec.type = elf::kEtExec;
  EXPECT_TRUE(this->Refused(exec, {.error = Error::kBadType, .value = elf::kEtExec}));
  EXPECT_TRUE(this->Read(exec.Build(), kProgramPolicy));
}

TYPED_TEST(ImageTest, BadHeaderFieldsAreNamed) {
  using Builder = typename TestFixture::Builder;
  using Ehdr = typename TypeParam::Ehdr;
  const auto with = [](auto edit) {
    Builder builder("x.so");
    builder.edit_bytes = [edit](std::vector<std::byte>& bytes) {
      Ehdr header;
      std::memcpy(&header, bytes.data(), sizeof(header));
      edit(header);
      std::memcpy(bytes.data(), &header, sizeof(header));
    };
    return builder;
  };
  auto entsize = with([](Ehdr& header) { header.phentsize = 7; });
  EXPECT_TRUE(
      this->Refused(entsize, {.error = Error::kBadHeader, .detail = "e_phentsize", .value = 7}));
  this->diagnostics.Clear();
  auto none = with([](Ehdr& header) { header.phnum = 0; });
  EXPECT_TRUE(this->Refused(none, {.error = Error::kBadHeader, .detail = "e_phnum", .value = 0}));
  this->diagnostics.Clear();
  auto behind = with([](Ehdr& header) { header.phoff = 0x7ffffff0; });
  EXPECT_TRUE(this->Refused(
      behind, {.error = Error::kBadHeader, .detail = "e_phoff", .value = 0x7ffffff0}));
  this->diagnostics.Clear();
  auto version = with([](Ehdr& header) { header.version = 2; });
  EXPECT_TRUE(
      this->Refused(version, {.error = Error::kBadHeader, .detail = "e_version", .value = 2}));
}

TYPED_TEST(ImageTest, BadSegmentsAreNamed) {
  using Phdrs = typename TestFixture::Phdrs;
  using Addr = typename TypeParam::Addr;
  struct Case {
    uint32_t index;
    const char* why;
    std::function<void(Phdrs&)> edit;
  };
  constexpr Addr kTop = static_cast<Addr>(~uint64_t{0});
  const std::vector<Case> cases = {
      {1, "p_filesz exceeds p_memsz", [](Phdrs& p) { p[1].memsz = 8; }},
      {1, "runs past the end of the address space", [](Phdrs& p) { p[1].memsz = kTop; }},
      {1, "runs past the end of the address space",
       [](Phdrs& p) { p[1].vaddr = kTop & ~Addr{0xfff}; }},
      {1, "runs past the end of the file", [](Phdrs& p) { p[1].offset = kTop & ~Addr{0xfff}; }},
      {2, "runs past the end of the file", [](Phdrs& p) { p[2].filesz = p[2].memsz = 0x1000000; }},
      {0, "p_align is no power of two", [](Phdrs& p) { p[0].align = 0x3000; }},
      {1, "p_vaddr and p_offset differ modulo the page size",
       [](Phdrs& p) { p[1].offset = p[1].offset + 8; }},
      {1, "is out of order or shares a page with the one before",
       [](Phdrs& p) { std::swap(p[0], p[1]); }},
      {1, "is out of order or shares a page with the one before",
       [](Phdrs& p) { p[0].memsz = 0x40001; }},
      {4, "is a second PT_DYNAMIC", [](Phdrs& p) { p[4] = p[3]; }},
      {3, "PT_DYNAMIC is in no PT_LOAD", [](Phdrs& p) { p[3].vaddr = 0x1000; }},
      {4, "PT_GNU_RELRO begins in no PT_LOAD", [](Phdrs& p) { p[4].vaddr = 0x1000; }},
      {4, "PT_GNU_RELRO begins in no PT_LOAD",
       [](Phdrs& p) { p[4].vaddr = p[1].vaddr + p[1].memsz; }},
      {4, "PT_GNU_RELRO begins in no PT_LOAD",
       [](Phdrs& p) { p[4].vaddr = (p[2].vaddr + p[2].memsz + 0xfff) & ~Addr{0xfff}; }},
      {4, "PT_GNU_RELRO begins in no PT_LOAD", [](Phdrs& p) { p[4].vaddr = kTop; }},
      {4, "PT_GNU_RELRO is in a read-only segment", [](Phdrs& p) { p[4].vaddr = p[1].vaddr; }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    typename TestFixture::Builder builder("x.so");
    builder.edit_phdrs = test.edit;
    EXPECT_TRUE(this->Refused(
        builder, {.error = Error::kBadSegment, .detail = test.why, .value = test.index}));
    this->diagnostics.Clear();
  }
}

TYPED_TEST(ImageTest, EmptyLoadsAreDroppedAndNoneAtAllIsRefused) {
  using Phdrs = typename TestFixture::Phdrs;
  typename TestFixture::Builder empty("x.so");
  empty.edit_phdrs = [](Phdrs& phdrs) {
    auto load = phdrs[0];
    load.vaddr = 0;
    load.filesz = load.memsz = 0;
    phdrs.push_back(load);
  };
  EXPECT_TRUE(this->Read(empty.Build()));
  EXPECT_EQ(this->plan.segments.size(), 3u);
  FreePlan(this->arena, this->plan);
  typename TestFixture::Builder none("x.so");
  none.edit_phdrs = [](Phdrs& phdrs) { phdrs.erase(phdrs.begin(), phdrs.begin() + 3); };
  EXPECT_TRUE(this->Refused(none, {.error = Error::kBadSegment, .detail = "there is no PT_LOAD"}));
}

TYPED_TEST(ImageTest, RelroMayBeginInAPageAndEndBehindItsSegment) {
  using Phdrs = typename TestFixture::Phdrs;
  using Builder = typename TestFixture::Builder;
  Builder builder("x.so");
  builder.bss_size = 0;
  builder.data_size = 0x10;
  builder.edit_phdrs = [](Phdrs& phdrs) {
    phdrs[2].vaddr = phdrs[2].vaddr + 0x20;
    phdrs[2].offset = phdrs[2].offset + 0x20;
    phdrs[2].filesz = phdrs[2].memsz = 0xf00;
    phdrs[3].vaddr = phdrs[3].vaddr + 0x20;
    phdrs[4].vaddr = phdrs[4].vaddr + 0x20;
    phdrs[4].memsz = 0x1000 - 0x20;
  };
  builder.edit_bytes = [](std::vector<std::byte>& bytes) {
    // The dynamic section moves with its segment.
    const size_t at = bytes.size() - 0x1010;
    std::memmove(bytes.data() + at + 0x20, bytes.data() + at, 0x700);
  };
  ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
  EXPECT_EQ(this->plan.relro.begin, Builder::kRelro);
  EXPECT_EQ(this->plan.relro.size, 0x1000u);
}

// Linkers round it up to the largest page there may be: behind the pages in use, and where another
// segment is.
TYPED_TEST(ImageTest, RelroMayEndBehindTheLastPageOfItsSegment) {
  using Phdrs = typename TestFixture::Phdrs;
  using Builder = typename TestFixture::Builder;
  using Addr = typename TypeParam::Addr;
  constexpr Addr kTop = static_cast<Addr>(~uint64_t{0});
  // The segment has five pages, and ends in the middle of the last one.
  struct Case {
    uint64_t skip;   // of its first page
    uint64_t size;   // as the file has it
    uint64_t pages;  // that are sealed
  };
  const Case cases[] = {
      {0, 0x4fff, 4},      {0, 0x5000, 5},         {0, 0x5001, 5}, {0, 0x10000, 5},
      {0x20, 0x4fdf, 4},   {0x20, 0x4fe0, 5},      {0, kTop, 5},   {0x20, kTop, 5},
      {0xfff, 0x10001, 5}, {0xfff, kTop - 0x1, 5}, {0xfff, 1, 1},  {0, 0xfff, 0},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.size);
    Builder builder("x.so");
    builder.edit_phdrs = [&](Phdrs& phdrs) {
      auto next = phdrs[2];
      next.vaddr = Builder::kRelro + 0x5000;
      phdrs[4].vaddr = phdrs[4].vaddr + static_cast<Addr>(test.skip);
      phdrs[4].memsz = static_cast<Addr>(test.size);
      phdrs.push_back(next);
    };
    ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
    EXPECT_EQ(this->plan.segments[2].end(), Builder::kRelro + 0x4100);
    EXPECT_EQ(this->plan.relro.begin, Builder::kRelro);
    EXPECT_EQ(this->plan.relro.size, test.pages * 0x1000);
    FreePlan(this->arena, this->plan);
  }
}

// Where a segment without bytes in the file would have them means nothing.
TYPED_TEST(ImageTest, SegmentsOfZerosHaveNoPlaceInTheFile) {
  using Phdrs = typename TestFixture::Phdrs;
  using Builder = typename TestFixture::Builder;
  using Addr = typename TypeParam::Addr;
  for (const uint64_t offset : {uint64_t{0x7000000}, uint64_t{0x7000123}, ~uint64_t{0}}) {
    SCOPED_TRACE(offset);
    Builder builder("x.so");
    builder.edit_phdrs = [&](Phdrs& phdrs) {
      auto zeros = phdrs[2];
      zeros.vaddr = Builder::kRelro + 0x8000;
      zeros.offset = static_cast<Addr>(offset);
      zeros.filesz = Addr{0};
      zeros.memsz = Addr{0x1800};
      phdrs.push_back(zeros);
    };
    ASSERT_TRUE(this->Read(builder.Build())) << this->diagnostics.text();
    ASSERT_EQ(this->plan.segments.size(), 4u);
    const Segment& zeros = this->plan.segments[3];
    EXPECT_EQ(zeros.vaddr, Builder::kRelro + 0x8000);
    EXPECT_EQ(zeros.memsz, 0x1800u);
    EXPECT_EQ(zeros.filesz, 0u);
    EXPECT_EQ(zeros.offset, 0u);
    EXPECT_EQ(this->plan.high, Builder::kRelro + 0xa000);
    FreePlan(this->arena, this->plan);
  }
}

// What it has in the file must be in a segment; a block of zeros need not.
TYPED_TEST(ImageTest, ThreadLocalsLieInASegmentAsFarAsTheyAreInTheFile) {
  using Phdrs = typename TestFixture::Phdrs;
  using Builder = typename TestFixture::Builder;
  Builder zeros("x.so");
  zeros.Segment(elf::kPtTls, Builder::kBase - 0x1000, 0x20, elf::kPfR);
  zeros.edit_phdrs = [](Phdrs& phdrs) { phdrs.back().filesz = 0; };
  ASSERT_TRUE(this->Read(zeros.Build(), kProgramPolicy)) << this->diagnostics.text();
  EXPECT_EQ(this->plan.tls.memsz, 0x20u);
  EXPECT_EQ(this->plan.tls.filesz, 0u);
  FreePlan(this->arena, this->plan);
  Builder byte("x.so");
  byte.Segment(elf::kPtTls, Builder::kBase - 0x1000, 0x20, elf::kPfR);
  byte.edit_phdrs = [](Phdrs& phdrs) { phdrs.back().filesz = 1; };
  EXPECT_TRUE(this->Refused(
      byte, {.error = Error::kBadSegment, .detail = "PT_TLS is in no PT_LOAD", .value = 6},
      kProgramPolicy));
}

// As of PT_DYNAMIC: neither of two is the right one.
TYPED_TEST(ImageTest, SecondThreadLocalSegmentIsRefused) {
  using Builder = typename TestFixture::Builder;
  Builder builder("x.so");
  builder.Segment(elf::kPtTls, Builder::kData, 0x20, elf::kPfR);
  builder.Segment(elf::kPtTls, Builder::kData, 0x20, elf::kPfR);
  EXPECT_TRUE(this->Refused(
      builder, {.error = Error::kBadSegment, .detail = "is a second PT_TLS", .value = 7},
      kProgramPolicy));
}

TYPED_TEST(ImageTest, PolicyRefusesWritableCodeThreadLocalsAndTextRelocations) {
  using Phdrs = typename TestFixture::Phdrs;
  using Builder = typename TestFixture::Builder;
  Builder code("x.so");
  code.edit_phdrs = [](Phdrs& phdrs) { phdrs[1].flags = 7; };
  EXPECT_TRUE(this->Refused(code, {.error = Error::kWritableCode, .value = 1}));
  this->diagnostics.Clear();
  Builder tls("x.so");
  tls.Segment(elf::kPtTls, Builder::kData, 0x20, elf::kPfR);
  EXPECT_TRUE(this->Refused(tls, {.error = Error::kThreadLocal, .value = 6}));
  ASSERT_TRUE(this->Read(tls.Build(), kProgramPolicy));
  EXPECT_TRUE(this->plan.tls.present());
  EXPECT_EQ(this->plan.tls.memsz, 0x20u);
  FreePlan(this->arena, this->plan);
  this->diagnostics.Clear();
  for (const auto& [tag, value] :
       {std::pair{elf::kDtTextRel, uint64_t{0}}, std::pair{elf::kDtFlags, elf::kDfTextRel}}) {
    Builder text("x.so");
    text.Dynamic(tag, value);
    EXPECT_TRUE(this->Refused(text, {.error = Error::kTextRelocations}));
    FreePlan(this->arena, this->plan);
    this->diagnostics.Clear();
  }
}

TYPED_TEST(ImageTest, EveryAllocationMayFail) {
  typename TestFixture::Builder builder("x.so");
  builder.Define("d", TestFixture::Builder::kData, {.version = "V_1"});
  const std::vector<std::byte> bytes = builder.Build();
  ASSERT_TRUE(this->Read(bytes));
  const size_t count = this->arena.made();
  EXPECT_EQ(count, 2u);
  BufferFile broken("x.so", bytes);
  for (size_t i = 0; i < count; ++i) {
    CountingArena small(i);
    Collector told;
    LoadPlan broken_plan;
    Versions broken_versions;
    DynamicInfo<typename TestFixture::A> broken_info;
    FileMemory<BufferFile> memory(broken, broken_plan);
    const bool read =
        PlanLoad<typename TestFixture::A>(told, small, this->headers.phdrs, broken.Size(), 0x1000,
                                          kKernelPolicy, broken_plan) &&
        Decode<typename TestFixture::A>(told, memory, broken_plan, kKernelPolicy, broken_info) &&
        ReadVersions<typename TestFixture::A>(told, small, memory, broken_info, broken_versions);
    EXPECT_FALSE(read);
    ASSERT_EQ(told.errors().size(), 1u);
    EXPECT_EQ(told.errors()[0].flat.error, Error::kNoMemory);
    FreePlan(small, broken_plan);
    EXPECT_EQ(small.live(), 0u);
  }
}

// One segment ends where the next begins, at 0x2000: what stands there is the second one's. At the end
// of the last one there is room for nothing.
TEST(FileMemoryTest, SegmentsThatTouch) {
  BufferFile file("touch", std::vector<std::byte>(0x2000));
  Segment segments[] = {
      {.vaddr = 0x1000, .memsz = 0x1000, .offset = 0, .filesz = 0x1000},
      {.vaddr = 0x2000, .memsz = 0x1000, .offset = 0x1000, .filesz = 0x1000},
  };
  LoadPlan plan;
  plan.segments = segments;
  const FileMemory<BufferFile> memory(file, plan);
  EXPECT_EQ(memory.At(0x2000, 8), file.bytes().data() + 0x1000);
  EXPECT_EQ(memory.Reach(0x2000), 0x1000u);
  EXPECT_EQ(memory.At(0x1ff8, 8), file.bytes().data() + 0xff8);
  EXPECT_EQ(memory.At(0x1ff8, 9), nullptr);
  EXPECT_NE(memory.At(0x3000, 0), nullptr);
  EXPECT_EQ(memory.At(0x3000, 1), nullptr);
  EXPECT_EQ(memory.Reach(0x3000), 0u);
}

// As if each segment were asked in turn, with as many of them as a file may have.
TEST(ManySegmentsTest, AreFoundAsIfAskedInTurn) {
  for (const uint64_t count : {1u, 7u, 8u, 9u, 10u, 100u}) {
    SCOPED_TRACE(count);
    std::vector<Segment> segments;
    // Some touch the next one, some have no bytes in the file.
    for (uint64_t i = 1; i <= count; ++i) {
      segments.push_back({.vaddr = i * 0x1000,
                          .memsz = i % 3 == 0 ? 0x1000u : 0x800u,
                          .offset = i * 0x1000,
                          .filesz = i % 5 == 0 ? 0u : (i % 3 == 0 ? 0x1000u : 0x400u)});
    }
    LoadPlan plan;
    plan.segments = segments;
    BufferFile file("many", std::vector<std::byte>((count + 2) * 0x1000));
    const FileMemory<BufferFile> memory(file, plan);
    for (uint64_t base = 0; base <= (count + 2) * 0x1000; base += 0x400) {
      for (const uint64_t vaddr : {base - 1, base, base + 1}) {
        for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{0x401}, ~uint64_t{0}}) {
          const Segment *in_memory = nullptr, *in_file = nullptr;
          for (const Segment& segment : segments) {
            if (in_memory == nullptr && segment.Contains(vaddr, size)) in_memory = &segment;
            const uint64_t offset = vaddr - segment.vaddr;
            if (vaddr >= segment.vaddr && offset <= segment.filesz) in_file = &segment;
          }
          ASSERT_EQ(plan.SegmentAt(vaddr, size), in_memory) << vaddr << " " << size;
          const uint64_t reach = in_file == nullptr ? 0 : in_file->vaddr + in_file->filesz - vaddr;
          ASSERT_EQ(memory.Reach(vaddr), reach) << vaddr;
          ASSERT_EQ(memory.At(vaddr, size) != nullptr, in_file != nullptr && size <= reach)
              << vaddr;
        }
      }
    }
  }
}

// So many that asking each in turn would not end in the test's time.
TEST(ManySegmentsTest, CostAsMuchAsFew) {
  std::vector<Segment> segments;
  for (uint64_t i = 1; i <= 65000; ++i) {
    segments.push_back({.vaddr = i * 0x1000, .memsz = 0x800, .filesz = 0x800});
  }
  LoadPlan plan;
  plan.segments = segments;
  BufferFile file("many", std::vector<std::byte>(0x800));
  const FileMemory<BufferFile> memory(file, plan);
  size_t found = 0;
  for (int round = 0; round < 8; ++round) {
    for (const Segment& segment : segments) {
      found += plan.SegmentAt(segment.vaddr + 1, 8) == &segment;
      found += memory.Reach(segment.vaddr + 1) == 0x7ff;
    }
  }
  EXPECT_EQ(found, 16 * segments.size());
}

}  // namespace
}  // namespace rtld
