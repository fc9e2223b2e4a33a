// SPDX-License-Identifier: BSD-2-Clause
//
// What relocations put off until all images are relocated, and what is called after them: COPY,
// IFUNC resolvers, initialisers.

#include "rtld_shared/link/pending.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::OnlyError;

template <class L>
class PendingTest : public testing::LayoutTest<L> {};
TYPED_TEST_SUITE(PendingTest, rtld::testing::Layouts);

TYPED_TEST(PendingTest, CopyTakesTheRelocatedBytesOfTheLibrary) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr uint64_t kWord = sizeof(typename TypeParam::Addr);
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), library("l.so");
  program.Needed("l.so");
  const uint64_t copy = program.Room(2 * kWord);
  program.Rela(copy, A::kCopy, program.Define("table", copy, {.size = 2 * kWord}));
  const uint64_t table = library.Word(), second = library.Word(77), user = library.Word();
  library.Rela(table, A::kRelative, 0, Builder::kText);
  library.Rela(user, A::kSymbol, library.Define("table", table, {.size = 2 * kWord}));
  bench.AddLibrary("l.so", library.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("program", program.Build()))) << bench.diagnostics.text();
  auto& linked = *bench.Find("program");
  auto& provider = *bench.Find("l.so");
  EXPECT_EQ(second, table + kWord);
  EXPECT_EQ(bench.WordAt(linked, copy), provider.RunTime(Builder::kText));
  EXPECT_EQ(bench.WordAt(linked, copy + kWord), 77u);
  // The library uses the program's copy from now on.
  EXPECT_EQ(bench.WordAt(provider, user), linked.RunTime(copy));
}

TYPED_TEST(PendingTest, CopyOfWhatNobodyDefinesIsNone) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr uint64_t kWord = sizeof(typename TypeParam::Addr);
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program("");
  const uint64_t copy = program.Word(5);
  program.Rela(copy, A::kCopy, program.Refer("table", {.bind = elf::kStbWeak, .size = kWord}));
  ASSERT_TRUE(bench.Link(bench.AddFile("program", program.Build()))) << bench.diagnostics.text();
  EXPECT_EQ(bench.WordAt(*bench.Find("program"), copy), 5u);
}

// Each copy has room of its own in the image; those of a hostile one may share theirs.
TYPED_TEST(PendingTest, CopiesHaveNoMoreBytesThanTheImage) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  Builder library("l.so");
  const uint64_t size = library.data_size - 8;
  library.Define("table", library.Room(size), {.size = size});
  for (const bool more : {false, true}) {
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program("");
    program.Needed("l.so");
    const uint64_t copy = program.Room(size);
    const uint32_t table = program.Define("table", copy, {.size = size});
    uint64_t room = 0;
    program.edit_phdrs = [&](const auto& phdrs) {
      room = 0;
      for (const auto& header : phdrs) {
        if (header.type == elf::kPtLoad) room += header.memsz;
      }
    };
    static_cast<void>(program.Build());
    // What relocations are added takes room too.
    size_t copies = room / size;
    for (size_t i = 0; i < copies; ++i) program.Rela(copy, A::kCopy, table);
    static_cast<void>(program.Build());
    for (; copies < room / size + more; ++copies) program.Rela(copy, A::kCopy, table);
    bench.AddLibrary("l.so", library.Build());
    EXPECT_EQ(bench.Link(bench.AddFile("program", program.Build())), !more);
    if (!more) continue;
    EXPECT_TRUE(OnlyError(bench.diagnostics,
                          {{.error = Error::kBadTable,
                            .has_place = true,
                            .image = "program",
                            .detail = "COPY relocations of more bytes than the image has",
                            .place = copy,
                            .value = size}}));
    EXPECT_EQ(bench.loader.live(), 0u);
    EXPECT_EQ(bench.arena.live(), 0u);
  }
}

TYPED_TEST(PendingTest, NoMemoryForWhatAnotherPartyLeftOpenIsTold) {
  typename TestFixture::ModuleBench bench(kKernelPolicy, 0);
  const auto session = bench.NewSession();
  EXPECT_FALSE(session->AddPendingIfunc({}));
  EXPECT_TRUE(
      OnlyError(bench.diagnostics, {{.error = Error::kNoMemory, .detail = "relocations put off"}}));
}

TYPED_TEST(PendingTest, CopyOfTheProgramsOwnIsRefused) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program("");
  const uint64_t from = program.Room(16);
  // A local symbol means the image itself; the two ranges would overlap.
  program.Rela(from + 4, A::kCopy, program.Define("v", from, {.bind = elf::kStbLocal, .size = 8}));
  EXPECT_FALSE(bench.Link(bench.AddFile("program", program.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadTarget,
                                             .has_place = true,
                                             .image = "program",
                                             .symbol = "v",
                                             .detail = "COPY",
                                             .place = from + 4,
                                             .value = from}}));
}

TYPED_TEST(PendingTest, HandOffLeavesRelroOpenAndGivesThePendingIfuncs) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  typename TestFixture::ModuleBench bench(kBootPolicy);
  Builder builder("kernel");
  const uint64_t at = builder.RelroWord();
  builder.JmpRela(at, A::kIrelative, 0, Builder::kText + 0x10);
  auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("/boot/kernel", builder.Build())));
  ASSERT_TRUE(session->Plan() && session->Map() && session->Relocate() && session->Protect());
  Committed<typename std::remove_reference_t<decltype(bench)>::SeamsType> out;
  ASSERT_TRUE(std::move(*session).HandOff(out));
  ASSERT_EQ(out.ifuncs.size(), 1u);
  EXPECT_EQ(out.ifuncs[0].place, at);
  EXPECT_EQ(out.ifuncs[0].resolver, out.records[0]->RunTime(Builder::kText + 0x10));
  EXPECT_EQ(out.records[0]->image.state()->protections.at(Builder::kRelro), Protection::kReadWrite);
  bench.Take(out);
}

// Functions have a type, or none if an assembler made them.
constexpr uint8_t kTypesOfFunctions[] = {elf::kSttFunc, elf::kSttNoType};

TYPED_TEST(PendingTest, FunctionAddressIsTheProgramsPltEntryButSlotsBindToTheDefinition) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const uint8_t type : kTypesOfFunctions) {
    SCOPED_TRACE(unsigned{type});
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program(""), library("l.so");
    program.type = elf::kEtExec;
    program.Needed("l.so");
    // Undefined, with the value of its PLT entry; such symbols are in the hash table.
    program.sysv_hash = true;
    program.gnu_hash = false;
    program.Define("f", Builder::kText + 0x30, {.type = type, .shndx = elf::kShnUndef});
    const uint64_t address = library.Word(), slot = library.Word();
    const uint32_t f = library.Define("f", Builder::kText + 8, {.type = type});
    library.Rela(address, A::kSymbol, f);
    library.JmpRela(slot, A::kJumpSlot, f);
    bench.AddLibrary("l.so", library.Build());
    ASSERT_TRUE(bench.Link(bench.AddFile("program", program.Build()))) << bench.diagnostics.text();
    auto& linked = *bench.Find("l.so");
    EXPECT_EQ(bench.Find("program")->bias, 0u);
    EXPECT_EQ(bench.WordAt(linked, address), Builder::kText + 0x30);
    EXPECT_EQ(bench.WordAt(linked, slot), linked.RunTime(Builder::kText + 8));
  }
}

// Undefined symbols of other types have a value for other reasons.
TYPED_TEST(PendingTest, OnlyFunctionsHavePltEntries) {
  constexpr uint8_t kSttOfTheCpu = 13;
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const uint8_t type : {elf::kSttTls, elf::kSttSection, kSttOfTheCpu}) {
    SCOPED_TRACE(unsigned{type});
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program(""), library("l.so");
    program.Needed("l.so");
    program.Define("f", Builder::kText + 0x30, {.type = type, .shndx = elf::kShnUndef});
    const uint64_t address = library.Word();
    library.Rela(address, A::kSymbol, library.Define("f", Builder::kText + 8, {}));
    bench.AddLibrary("l.so", library.Build());
    ASSERT_TRUE(bench.Link(bench.AddFile("program", program.Build()))) << bench.diagnostics.text();
    auto& linked = *bench.Find("l.so");
    EXPECT_EQ(bench.WordAt(linked, address), linked.RunTime(Builder::kText + 8));
  }
}

// The program wants f@V1 of l.so, which has f@V1 and f@@V2: its PLT entry is no address of f@@V2.
TYPED_TEST(PendingTest, ThePltEntryOfOneVersionIsNoAddressOfAnother) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const uint8_t type : kTypesOfFunctions) {
    SCOPED_TRACE(unsigned{type});
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program(""), library("l.so");
    program.type = elf::kEtExec;
    program.Needed("l.so");
    program.sysv_hash = true;
    program.gnu_hash = false;
    program.Define("f", Builder::kText + 0x30,
                   {.type = type, .shndx = elf::kShnUndef, .version = "V1", .file = "l.so"});
    const uint64_t old = library.Word(), recent = library.Word(), any = library.Word();
    library.Rela(old, A::kSymbol,
                 library.Define("f", Builder::kText + 8,
                                {.type = type, .version = "V1", .hidden_version = true}));
    library.Rela(recent, A::kSymbol,
                 library.Define("f", Builder::kText + 0x10, {.type = type, .version = "V2"}));
    library.Rela(any, A::kSymbol,
                 library.Define("g", Builder::kText + 0x18, {.type = type, .version = "V2"}));
    program.Define("g", Builder::kText + 0x40, {.type = type, .shndx = elf::kShnUndef});
    bench.AddLibrary("l.so", library.Build());
    ASSERT_TRUE(bench.Link(bench.AddFile("program", program.Build()))) << bench.diagnostics.text();
    auto& linked = *bench.Find("l.so");
    EXPECT_EQ(bench.WordAt(linked, old), Builder::kText + 0x30);
    EXPECT_EQ(bench.WordAt(linked, recent), linked.RunTime(Builder::kText + 0x10));
    EXPECT_EQ(bench.WordAt(linked, any), Builder::kText + 0x40);  // linked without a version
  }
}

// A resolver may call what its image needs, IFUNCs of that included:
//
//   program -> a.so, b.so;  b.so -> a.so;  a.so -> c.so
TYPED_TEST(PendingTest, ResolversOfWhatIsNeededRunFirst) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  const auto with_resolvers = [](Builder&& builder, uint64_t first) {
    builder.Rela(builder.Word(), A::kIrelative, 0, Builder::kText + first);
    builder.JmpRela(builder.Word(), A::kIrelative, 0, Builder::kText + first + 4);
    return builder.Build();
  };
  bench.AddLibrary("a.so", with_resolvers(std::move(Builder("a.so").Needed("c.so")), 0x10));
  bench.AddLibrary("b.so", with_resolvers(std::move(Builder("b.so").Needed("a.so")), 0x20));
  bench.AddLibrary("c.so", with_resolvers(Builder("c.so"), 0x30));
  testing::BufferFile& program = bench.AddFile(
      "program", with_resolvers(std::move(Builder("").Needed("a.so").Needed("b.so")), 0));
  std::vector<uint64_t> called;
  ASSERT_TRUE(bench.Link(program, [&](uint64_t resolver) -> uint64_t {
    called.push_back(resolver);
    return 1;
  })) << bench.diagnostics.text();
  std::vector<uint64_t> expected;
  const std::pair<const char*, uint64_t> order[] = {
      {"c.so", 0x30}, {"a.so", 0x10}, {"b.so", 0x20}, {"program", 0}};
  for (const auto& [name, first] : order) {
    for (const uint64_t at : {first, first + 4}) {
      expected.push_back(bench.Find(name)->RunTime(Builder::kText + at));
    }
  }
  EXPECT_EQ(called, expected);
}

TYPED_TEST(PendingTest, NoMemoryForTheOrderOfResolversIsTold) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  bool told = false;
  for (size_t fail_at = 0;; ++fail_at) {
    ASSERT_LT(fail_at, 1000u);
    typename TestFixture::ModuleBench bench(kKernelPolicy, fail_at);
    Builder builder("x.so");
    builder.Rela(builder.Word(), A::kIrelative, 0, Builder::kText);
    builder.Rela(builder.Word(), A::kIrelative, 0, Builder::kText + 4);
    if (bench.Link(bench.AddFile("x.so", builder.Build()))) break;
    EXPECT_EQ(bench.arena.live(), 0u);
    EXPECT_EQ(bench.loader.live(), 0u);
    ASSERT_EQ(bench.diagnostics.errors().size(), 1u);
    EXPECT_EQ(bench.diagnostics.errors()[0].flat.error, Error::kNoMemory);
    told = told || bench.diagnostics.errors()[0].flat.detail == "order of IFUNC resolvers";
  }
  EXPECT_TRUE(told);
}

TYPED_TEST(PendingTest, IfuncTargetsAreCodeAndRunLast) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder builder("x.so");
  const uint32_t chosen =
      builder.Define("chosen", Builder::kText + 0x20, {.type = elf::kSttGnuIfunc});
  const uint64_t irelative = builder.RelroWord(), symbol = builder.RelroWord();
  const uint64_t slot = builder.RelroWord(), plain = builder.Word();
  builder.JmpRela(irelative, A::kIrelative, 0, Builder::kText + 0x10);
  builder.Rela(symbol, A::kSymbol, chosen, 2);
  builder.JmpRela(slot, A::kJumpSlot, chosen);
  builder.Rela(plain, A::kRelative, 0, Builder::kText);
  std::vector<uint64_t> called;
  std::unique_ptr<Session<testing::TestSeams<A>>> session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("x.so", builder.Build())));
  ASSERT_TRUE(session->Plan() && session->Map() && session->Relocate() && session->Protect())
      << bench.diagnostics.text();
  auto& record = *session->records()[0];
  // Nothing of the resolver's address is stored before it has run.
  EXPECT_EQ(bench.WordAt(record, irelative), 0u);
  EXPECT_EQ(bench.WordAt(record, symbol), 0u);
  EXPECT_EQ(session->pending_ifuncs().size(), 3u);
  EXPECT_EQ(record.image.state()->protections.at(Builder::kRelro), Protection::kReadWrite);
  ASSERT_TRUE(session->RunResolvers([&](uint64_t resolver) {
    // All other relocation is done by now.
    EXPECT_EQ(bench.WordAt(record, plain), record.RunTime(Builder::kText));
    called.push_back(resolver);
    return uint64_t{0x1000} + called.size();
  }));
  EXPECT_EQ(called, (std::vector<uint64_t>{record.RunTime(Builder::kText + 0x20),
                                           record.RunTime(Builder::kText + 0x10),
                                           record.RunTime(Builder::kText + 0x20)}));
  EXPECT_EQ(bench.WordAt(record, symbol), 0x1003u);
  EXPECT_EQ(bench.WordAt(record, irelative), 0x1002u);
  EXPECT_EQ(bench.WordAt(record, slot), 0x1003u);
  ASSERT_TRUE(session->Seal());
  EXPECT_EQ(record.image.state()->protections.at(Builder::kRelro), Protection::kRead);

  Builder wild("x.so");
  const uint64_t at = wild.Word();
  wild.Rela(at, A::kIrelative, 0, Builder::kData);
  Report expected = this->At(Error::kBadTarget, at, A::kIrelative);
  expected.value = Builder::kData;
  EXPECT_TRUE(this->Refused(wild, expected));
  Builder data("x.so");
  const uint64_t at2 = data.Word();
  data.Rela(at2, A::kSymbol, data.Define("d", Builder::kData, {.type = elf::kSttGnuIfunc}));
  expected = this->At(Error::kBadTarget, at2, A::kSymbol);
  expected.value = Builder::kData;
  EXPECT_TRUE(this->Refused(data, expected));
  // An absolute symbol stays where it is when its image moves, so it is not in the image's code.
  Builder absolute("x.so");
  const uint64_t at4 = absolute.Word();
  absolute.Rela(
      at4, A::kSymbol,
      absolute.Define("a", Builder::kText, {.type = elf::kSttGnuIfunc, .shndx = elf::kShnAbs}));
  expected = this->At(Error::kBadTarget, at4, A::kSymbol);
  expected.value = Builder::kText;
  EXPECT_TRUE(this->Refused(absolute, expected));
  Builder narrow("x.so");
  const uint64_t at3 = narrow.Word();
  narrow.Rela(at3, A::kPc32, narrow.Define("n", Builder::kText, {.type = elf::kSttGnuIfunc}));
  expected = this->At(Error::kUnsupported, at3, A::kPc32);
  expected.detail = "an IFUNC reference that is no whole address";
  EXPECT_TRUE(this->Refused(narrow, expected));
}

TYPED_TEST(PendingTest, InitAndFiniArraysPointIntoCode) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder good("x.so");
  const uint64_t array = good.RelroWord();
  good.RelroWord(0);
  good.RelroWord(static_cast<typename TypeParam::Addr>(-1));
  good.Rela(array, A::kRelative, 0, Builder::kText + 4);
  good.Dynamic(elf::kDtInitArray, array).Dynamic(elf::kDtInitArraySz, 3 * kWord);
  EXPECT_TRUE(bench.Link(bench.AddFile("x.so", good.Build()))) << bench.diagnostics.text();

  Builder bad("x.so");
  bad.RelroWord();
  bad.Rela(array, A::kRelative, 0, Builder::kData + 4);
  bad.Dynamic(elf::kDtFiniArray, array).Dynamic(elf::kDtFiniArraySz, kWord);
  EXPECT_TRUE(this->Refused(
      bad, {.error = Error::kBadTarget, .detail = "DT_FINI_ARRAY", .value = Builder::kData + 4}));
  // Relocated to the image's address 0, which is not "none".
  Builder zero("x.so");
  zero.RelroWord();
  zero.Rela(array, A::kSymbol, 0, 0);
  zero.Dynamic(elf::kDtInitArray, array).Dynamic(elf::kDtInitArraySz, kWord);
  EXPECT_TRUE(
      this->Refused(zero, {.error = Error::kBadTarget, .detail = "DT_INIT_ARRAY", .value = 0}));
  Builder init("x.so");
  init.Dynamic(elf::kDtInit, Builder::kBase);
  EXPECT_TRUE(this->Refused(
      init, {.error = Error::kBadTarget, .detail = "DT_INIT", .value = Builder::kBase}));
  Builder entry("x.so");
  entry.entry = Builder::kData;
  EXPECT_TRUE(this->Refused(
      entry, {.error = Error::kBadTarget, .detail = "e_entry", .value = Builder::kData}));
}

}  // namespace
}  // namespace rtld
