// SPDX-License-Identifier: BSD-2-Clause
//
// Undefined symbols: each told once, with its references counted and its reason found. And the text
// of every kind of report, once.

#include "rtld_shared/link/undefined.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using A = arch::Exemplar<elf::Layout64Le>;
using Builder = testing::ImageBuilder<A>;
using ModuleBench = testing::Bench<testing::TestSeams<A>>;
using testing::Matches;

// Links `root` and compares the one undefined symbol it must be refused for. `expected` says what
// differs from: type kSymbol, one reference, the report's image "root.kld".
::testing::AssertionResult Undefined(ModuleBench& bench, Builder& root, Report expected,
                                     std::vector<std::string> list,
                                     std::vector<std::string> searched) {
  if (bench.Link(bench.AddFile("root.kld", root.Build()))) {
    return ::testing::AssertionFailure() << "was linked";
  }
  expected.error = Error::kUndefinedSymbol;
  expected.has_place = expected.has_type = true;
  expected.image = "root.kld";
  expected.type_name = "R_EX_SYMBOL";
  expected.type = A::kSymbol;
  if (expected.place == 0) expected.place = Builder::kData;
  if (expected.count == 0) expected.count = 1;
  return testing::OnlyError(bench.diagnostics, {expected, std::move(list), std::move(searched)});
}

TEST(Undefined, NobodyDefinesIt) {
  ModuleBench bench(kKernelPolicy);
  Builder dep("dep.kld"), root("root.kld");
  bench.AddLibrary("dep.kld", dep.Build());
  root.Needed("dep.kld").Rela(root.Word(), A::kSymbol, root.Refer("nowhere"));
  EXPECT_TRUE(Undefined(bench, root, {.reason = Reason::kNobody, .symbol = "nowhere"}, {},
                        {"root.kld", "/lib/dep.kld"}));
}

TEST(Undefined, EachSymbolIsToldOnceWithItsReferences) {
  ModuleBench bench(kKernelPolicy);
  Builder root("root.kld");
  const uint32_t b = root.Refer("b"), a = root.Refer("a");
  const uint64_t first = root.Word();
  for (int i = 0; i < 40; ++i) root.Rela(root.Word(), A::kSymbol, i % 4 == 0 ? a : b);
  root.Rela(first, A::kGlobDat, b);
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  ASSERT_EQ(bench.diagnostics.errors().size(), 2u);
  EXPECT_TRUE(Matches(bench.diagnostics.errors()[0], {{.error = Error::kUndefinedSymbol,
                                                       .reason = Reason::kNobody,
                                                       .has_place = true,
                                                       .has_type = true,
                                                       .image = "root.kld",
                                                       .symbol = "b",
                                                       .type_name = "R_EX_GLOB_DAT",
                                                       .place = first,
                                                       .type = A::kGlobDat,
                                                       .count = 31},
                                                      {},
                                                      {"root.kld"}}));
  EXPECT_EQ(bench.diagnostics.errors()[1].flat.symbol, "a");
  EXPECT_EQ(bench.diagnostics.errors()[1].flat.count, 10u);
}

// All are told, but not all are looked for in other images.
TEST(Undefined, SoManyAreExplainedAndTheOthersToldAllTheSame) {
  constexpr size_t kMost =
      UndefinedReporter<A, testing::CountingArena, testing::Collector>::kMostExplained;
  ModuleBench bench(kKernelPolicy);
  Builder dep("dep.kld"), root("root.kld");
  dep.Define("f", Builder::kData, {.version = "D_1"});
  bench.AddLibrary("dep.kld", dep.Build());
  root.Needed("dep.kld");
  for (size_t i = 0; i < kMost; ++i) {
    root.Rela(root.Word(), A::kSymbol, root.Refer("s" + std::to_string(i)));
  }
  root.Rela(root.Word(), A::kSymbol, root.Refer("t", {.version = "D_1", .file = "dep.kld"}));
  root.Rela(root.Word(), A::kSymbol, root.Refer("u"));
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  const auto& errors = bench.diagnostics.errors();
  ASSERT_EQ(errors.size(), kMost + 2);
  const std::vector<std::string> searched = {"root.kld", "/lib/dep.kld"};
  for (size_t i = 0; i < errors.size(); ++i) {
    EXPECT_EQ(errors[i].flat.error, Error::kUndefinedSymbol);
    EXPECT_EQ(errors[i].flat.reason, i < kMost ? Reason::kNobody : Reason::kNone);
    EXPECT_EQ(errors[i].searched, i < kMost ? searched : std::vector<std::string>());
    EXPECT_EQ(errors[i].flat.count, 1u);
  }
  EXPECT_EQ(errors[kMost].flat.symbol, "t");
  EXPECT_EQ(errors[kMost].text,
            "root.kld: undefined 't@D_1' (R_EX_SYMBOL at 0x" +
                (std::ostringstream() << std::hex << errors[kMost].flat.place).str() +
                "): no reason was looked for, as many others are undefined");
  EXPECT_EQ(errors[kMost + 1].flat.symbol, "u");
}

TEST(Undefined, ListsOfWhatWasSearchedAreShort) {
  constexpr size_t kMost = NameList<testing::CountingArena>::kMost;
  for (const size_t needed : {kMost - 1, kMost}) {
    ModuleBench bench(kKernelPolicy);
    Builder root("root.kld");
    std::vector<std::string> searched = {"root.kld"};
    for (size_t i = 0; i < needed; ++i) {
      const std::string name = std::to_string(i) + ".kld";
      bench.AddLibrary(name, Builder(name).Build());
      root.Needed(name);
      if (i < kMost - 1) searched.push_back("/lib/" + name);
    }
    if (needed == kMost) searched.push_back("...");
    root.Rela(root.Word(), A::kSymbol, root.Refer("nowhere"));
    EXPECT_TRUE(
        Undefined(bench, root, {.reason = Reason::kNobody, .symbol = "nowhere"}, {}, searched));
  }
}

TEST(Undefined, StopsWhenDiagnosticsWantsNoMore) {
  ModuleBench bench(kKernelPolicy);
  bench.diagnostics = testing::Collector(2);
  Builder root("root.kld");
  for (const char* name : {"a", "b", "c", "d"}) {
    root.Rela(root.Word(), A::kSymbol, root.Refer(name));
  }
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  EXPECT_EQ(bench.diagnostics.errors().size(), 2u);
}

TEST(Undefined, DefinedInAModuleThatIsNotNeeded) {
  //   linked before: dma.kld (dma_tag_create), not among root's DT_NEEDED
  ModuleBench bench(kKernelPolicy);
  Builder dma("dma.kld"), root("root.kld");
  dma.Define("dma_tag_create", Builder::kText);
  ASSERT_TRUE(bench.Link(bench.AddFile("dev/dma.kld", dma.Build())));
  root.Rela(root.Word(), A::kSymbol, root.Refer("dma_tag_create"));
  EXPECT_TRUE(
      Undefined(bench, root,
                {.reason = Reason::kNotNeeded, .symbol = "dma_tag_create", .other = "dev/dma.kld"},
                {}, {"root.kld"}));
}

TEST(Undefined, DefinedOnlyIndirectlyNeeded) {
  //   root.kld -> dep.kld -> base.kld (f)
  ModuleBench bench(kKernelPolicy);
  Builder base("base.kld"), dep("dep.kld"), root("root.kld");
  base.Define("f", Builder::kText);
  bench.AddLibrary("base.kld", base.Build());
  bench.AddLibrary("dep.kld", dep.Needed("base.kld").Build());
  root.Needed("dep.kld").Rela(root.Word(), A::kSymbol, root.Refer("f"));
  EXPECT_TRUE(Undefined(bench, root,
                        {.reason = Reason::kNotNeeded, .symbol = "f", .other = "/lib/base.kld"}, {},
                        {"root.kld", "/lib/dep.kld"}));
}

TEST(Undefined, KernelSymbolsNeedAVersion) {
  ModuleBench bench(kKernelPolicy);
  Builder kernel("kernel"), root("root.kld");
  kernel.Define("kprintf", Builder::kText, {.version = "K_1"});
  bench.AddLibrary("kernel", kernel.Build());
  root.Needed("kernel").Rela(root.Word(), A::kSymbol, root.Refer("kprintf"));
  EXPECT_TRUE(
      Undefined(bench, root,
                {.reason = Reason::kKernelUnversioned, .symbol = "kprintf", .other = "/lib/kernel"},
                {}, {"root.kld", "/lib/kernel"}));
}

TEST(Undefined, WantedInAVersionThatTheFileHasForOtherSymbols) {
  ModuleBench bench(kKernelPolicy);
  Builder kernel("kernel"), root("root.kld");
  kernel.Define("f", Builder::kText, {.version = "K_1", .hidden_version = true});
  kernel.Define("f", Builder::kText + 8, {.version = "K_2"});
  kernel.Define("g", Builder::kText, {.version = "K_3"});
  bench.AddLibrary("kernel", kernel.Build());
  root.Needed("kernel").Rela(root.Word(), A::kSymbol,
                             root.Refer("f", {.version = "K_3", .file = "kernel"}));
  EXPECT_TRUE(Undefined(
      bench, root,
      {.reason = Reason::kOtherVersion, .symbol = "f", .wanted = "K_3", .other = "/lib/kernel"},
      {"K_1", "K_2"}, {"/lib/kernel"}));
}

// One chain of DT_HASH has every symbol, the last one first: names are all that tells them apart.
TEST(Undefined, OtherVersionsAreFoundBySysvHash) {
  ModuleBench bench(kKernelPolicy);
  Builder kernel("kernel"), root("root.kld");
  kernel.gnu_hash = false;
  kernel.sysv_hash = true;
  kernel.buckets = 1;
  kernel.Define("f", Builder::kText, {.version = "K_1", .hidden_version = true});
  kernel.Define("f", Builder::kText + 8, {.version = "K_2"});
  kernel.Define("g", Builder::kText, {.version = "K_3"});
  kernel.Define("h", Builder::kText, {.version = "K_4"});
  bench.AddLibrary("kernel", kernel.Build());
  root.Needed("kernel").Rela(root.Word(), A::kSymbol,
                             root.Refer("f", {.version = "K_3", .file = "kernel"}));
  EXPECT_TRUE(Undefined(
      bench, root,
      {.reason = Reason::kOtherVersion, .symbol = "f", .wanted = "K_3", .other = "/lib/kernel"},
      {"K_2", "K_1"}, {"/lib/kernel"}));
}

TEST(Undefined, NotInTheFileTheVersionNames) {
  ModuleBench bench(kKernelPolicy);
  Builder kernel("kernel"), root("root.kld");
  kernel.Define("g", Builder::kText, {.version = "K_1"});
  bench.AddLibrary("kernel", kernel.Build());
  root.Needed("kernel").Rela(root.Word(), A::kSymbol,
                             root.Refer("f", {.version = "K_1", .file = "kernel"}));
  EXPECT_TRUE(Undefined(
      bench, root,
      {.reason = Reason::kNotInVersionFile, .symbol = "f", .wanted = "K_1", .other = "/lib/kernel"},
      {}, {"/lib/kernel"}));
}

TEST(Undefined, OnlyAHiddenVersionIsThereForAnUnversionedReference) {
  ModuleBench bench(kKernelPolicy);
  Builder dep("dep.kld"), root("root.kld");
  dep.Define("f", Builder::kText, {.version = "D_1", .hidden_version = true});
  bench.AddLibrary("dep.kld", dep.Build());
  root.Needed("dep.kld").Rela(root.Word(), A::kSymbol, root.Refer("f"));
  EXPECT_TRUE(Undefined(bench, root,
                        {.reason = Reason::kOtherVersion, .symbol = "f", .other = "/lib/dep.kld"},
                        {"D_1"}, {"root.kld", "/lib/dep.kld"}));
}

// That `program`, which is refused for the symbol at its first word, gets this report, all three
// images having been asked.
::testing::AssertionResult UndefinedInProgram(
    testing::Bench<testing::TestSeams<A, ProgramScope>>& bench, Builder& program, Report expected,
    std::vector<std::string> list) {
  if (bench.Link(bench.AddFile("/bin/program", program.Build()))) {
    return ::testing::AssertionFailure() << "was linked";
  }
  expected.error = Error::kUndefinedSymbol;
  expected.has_place = expected.has_type = true;
  expected.image = "/bin/program";
  expected.symbol = "f";
  expected.type_name = "R_EX_SYMBOL";
  expected.place = Builder::kData;
  expected.type = A::kSymbol;
  expected.count = 1;
  return testing::OnlyError(
      bench.diagnostics, {expected, std::move(list), {"/bin/program", "/lib/a.so", "/lib/b.so"}});
}

//   program -> a.so -> b.so, which has f in a version that is meant for old programs only
TEST(Undefined, WhatAProgramsScopeAskedNeedNotBeNeeded) {
  testing::Bench<testing::TestSeams<A, ProgramScope>> bench(kProgramPolicy);
  Builder program(""), a("a.so"), b("b.so");
  b.Define("x", Builder::kText, {.version = "B_1"});
  b.Define("f", Builder::kText, {.version = "B_2", .hidden_version = true});
  a.Needed("b.so");
  program.Needed("a.so").Rela(program.Word(), A::kSymbol, program.Refer("f"));
  bench.AddLibrary("a.so", a.Build());
  bench.AddLibrary("b.so", b.Build());
  EXPECT_TRUE(UndefinedInProgram(bench, program,
                                 {.reason = Reason::kOtherVersion, .other = "/lib/b.so"}, {"B_2"}));
}

//   program -> a.so, b.so, and wants f in version A_1 of a.so. All three are asked for it.
TEST(Undefined, AProgramsScopeAsksAllForAVersion) {
  const auto refused = [](Builder& a, Builder& b, const Report& expected,
                          std::vector<std::string> list) {
    testing::Bench<testing::TestSeams<A, ProgramScope>> bench(kProgramPolicy);
    Builder program("");
    program.Needed("a.so").Needed("b.so");
    program.Rela(program.Word(), A::kSymbol,
                 program.Refer("f", {.version = "A_1", .file = "a.so"}));
    bench.AddLibrary("a.so", a.Build());
    bench.AddLibrary("b.so", b.Build());
    Report report = expected;
    report.wanted = "A_1";
    return UndefinedInProgram(bench, program, report, std::move(list));
  };
  {  // Nobody has it.
    Builder a("a.so"), b("b.so");
    a.Define("g", Builder::kText, {.version = "A_1"});
    EXPECT_TRUE(refused(a, b, {.reason = Reason::kNotInVersionFile, .other = "/lib/a.so"}, {}));
  }
  {  // The file that is named does not, another has another version.
    Builder a("a.so"), b("b.so");
    a.Define("g", Builder::kText, {.version = "A_1"});
    b.Define("f", Builder::kText, {.version = "B_2"});
    EXPECT_TRUE(refused(
        a, b, {.reason = Reason::kNotInVersionFile, .other = "/lib/a.so", .detail = "/lib/b.so"},
        {"B_2"}));
  }
  {  // What the file that is named has comes first.
    Builder a("a.so"), b("b.so");
    a.Define("g", Builder::kText, {.version = "A_1"});
    a.Define("f", Builder::kText, {.version = "A_2"});
    b.Define("f", Builder::kText, {.version = "B_2"});
    EXPECT_TRUE(refused(a, b, {.reason = Reason::kOtherVersion, .other = "/lib/a.so"}, {"A_2"}));
  }
  {  // What is hidden is nobody's to find.
    Builder a("a.so"), b("b.so");
    a.Define("g", Builder::kText, {.version = "A_1"});
    b.Define("f", Builder::kText, {.visibility = elf::kStvHidden, .version = "B_2"});
    EXPECT_TRUE(refused(a, b, {.reason = Reason::kNotInVersionFile, .other = "/lib/a.so"}, {}));
  }
}

TEST(Undefined, HiddenInANeededModule) {
  ModuleBench bench(kKernelPolicy);
  Builder dep("dep.kld"), root("root.kld");
  dep.Define("f", Builder::kText, {.visibility = elf::kStvHidden});
  bench.AddLibrary("dep.kld", dep.Build());
  root.Needed("dep.kld").Rela(root.Word(), A::kSymbol, root.Refer("f"));
  EXPECT_TRUE(Undefined(bench, root,
                        {.reason = Reason::kHidden, .symbol = "f", .other = "/lib/dep.kld"}, {},
                        {"root.kld", "/lib/dep.kld"}));
}

std::string Text(const Report& report) {
  std::string text;
  FormatReport(report, [&](std::string_view piece) { text += piece; });
  return text;
}

TEST(FormatReport, UndefinedSymbolsSayWhy) {
  const std::string_view searched[] = {"e1000.kld", "pci.kld", "kernel"};
  const std::string_view versions[] = {"KERNEL_1.0", "KERNEL_1.1"};
  Report report = {.error = Error::kUndefinedSymbol,
                   .reason = Reason::kNotNeeded,
                   .has_place = true,
                   .has_type = true,
                   .image = "net/e1000.kld",
                   .symbol = "dma_tag_create",
                   .other = "dev/dma.kld",
                   .type_name = "R_EX_JUMP_SLOT",
                   .place = 0x4018,
                   .type = 4,
                   .count = 1};
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (R_EX_JUMP_SLOT at 0x4018): defined in "
            "dev/dma.kld, which this module does not name in DT_NEEDED");
  report.reason = Reason::kNobody;
  report.count = 4;
  report.searched = searched;
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (R_EX_JUMP_SLOT at 0x4018, and 3 more): no "
            "loaded module defines it; looked in: e1000.kld, pci.kld, kernel");
  report.reason = Reason::kOtherVersion;
  report.wanted = "KERNEL_1.2";
  report.other = "kernel";
  report.list = versions;
  report.count = 1;
  report.searched = {};
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create@KERNEL_1.2' (R_EX_JUMP_SLOT at 0x4018): "
            "wants KERNEL_1.2, kernel has KERNEL_1.0, KERNEL_1.1");
  report.reason = Reason::kKernelUnversioned;
  report.wanted = {};
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (R_EX_JUMP_SLOT at 0x4018): kernel symbols "
            "need a version: link against the kernel stub");
  report.reason = Reason::kHidden;
  report.type_name = {};
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (relocation type 4 at 0x4018): kernel has "
            "it, but hidden or local");
  report.reason = Reason::kNotInVersionFile;
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (relocation type 4 at 0x4018): kernel does "
            "not define it");
  report.detail = "dev/dma.kld";
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (relocation type 4 at 0x4018): kernel does "
            "not define it, dev/dma.kld has KERNEL_1.0, KERNEL_1.1");
  report.list = {};
  EXPECT_EQ(Text(report),
            "net/e1000.kld: undefined 'dma_tag_create' (relocation type 4 at 0x4018): kernel does "
            "not define it, dev/dma.kld has it without a version");
}

TEST(FormatReport, EveryKindHasItsSentence) {
  const std::string_view list[] = {"a", "b"};
  const Report kBase = {.has_place = true,
                        .has_type = true,
                        .image = "m",
                        .symbol = "s",
                        .wanted = "w",
                        .other = "o",
                        .detail = "d",
                        .type_name = "R",
                        .place = 0x10,
                        .value = 2,
                        .limit = 1,
                        .type = 3,
                        .count = 1,
                        .list = list};
  const auto text = [&](Error error) {
    Report report = kBase;
    report.error = error;
    return Text(report);
  };
  EXPECT_EQ(text(Error::kNotFound), "m: 'w': not found (searched a, b)");
  EXPECT_EQ(text(Error::kReadFailed), "m: cannot read 1 bytes at offset 2 of the file");
  EXPECT_EQ(text(Error::kMissingDependency), "m needs 'w': not found (searched a, b)");
  EXPECT_EQ(text(Error::kAlreadyLoaded), "m: 'w' is loaded already, from o, d");
  EXPECT_EQ(text(Error::kCycle), "m: dependency cycle: a -> b");
  EXPECT_EQ(text(Error::kNotElf), "m: not an ELF file");
  EXPECT_EQ(text(Error::kBadHeader), "m: bad ELF header: d is 0x2");
  EXPECT_EQ(text(Error::kBadType), "m: is no shared object (e_type 2)");
  EXPECT_EQ(text(Error::kBadSegment), "m: bad program header 2: d");
  EXPECT_EQ(text(Error::kNoDynamic), "m: has no dynamic section");
  EXPECT_EQ(text(Error::kBadDynamic), "m: bad dynamic section: d is missing or wrong (0x2)");
  EXPECT_EQ(text(Error::kBadTable), "m: bad table: d at 0x10, 2 bytes");
  EXPECT_EQ(text(Error::kBadString), "m: bad string: d is at offset 2 of DT_STRTAB");
  EXPECT_EQ(text(Error::kBadVersion), "m: bad symbol versions: d (0x2)");
  EXPECT_EQ(text(Error::kBadNote), "m: bad note at 0x10");
  EXPECT_EQ(text(Error::kBadSymbol), "m: bad symbol 2: d");
  EXPECT_EQ(text(Error::kBadSymbolIndex), "m: R at 0x10: there is no symbol 2");
  EXPECT_EQ(text(Error::kUnknownRelocation), "m: R at 0x10: unknown relocation type");
  EXPECT_EQ(text(Error::kRefusedRelocation),
            "m: R at 0x10: only a static linker can apply this type");
  EXPECT_EQ(text(Error::kBadPlace),
            "m: R at 0x10: the place is in no writable segment of the image");
  EXPECT_EQ(text(Error::kBadTarget),
            "m: R at 0x10: the target 0x2 is outside the image or its code");
  EXPECT_EQ(text(Error::kOverflow), "m: R at 0x10: 's' gives 0x2, which does not fit in 1 bits");
  EXPECT_EQ(text(Error::kTextRelocations),
            "m: has text relocations (DT_TEXTREL): compile it position-independent");
  EXPECT_EQ(text(Error::kThreadLocal), "m: uses thread-local storage ('s')");
  EXPECT_EQ(text(Error::kCopyRelocation),
            "m: R at 0x10: copy relocation of 's': compile it position-independent");
  EXPECT_EQ(text(Error::kUniqueSymbol), "m: 's' is STB_GNU_UNIQUE: compile with -fno-gnu-unique");
  EXPECT_EQ(text(Error::kInitOnly),
            "m: 's' is exported from the init-only part, which is given back once the file is "
            "loaded");
  EXPECT_EQ(text(Error::kWritableCode), "m: program header 2 is writable and executable");
  EXPECT_EQ(text(Error::kNoSoname), "m: has no DT_SONAME");
  EXPECT_EQ(text(Error::kSonameMismatch), "m: was found as 'w', but its DT_SONAME is 'o'");
  EXPECT_EQ(text(Error::kTlsNotStatic),
            "m: R at 0x10: 's' has no room in the static thread-local storage");
  EXPECT_EQ(text(Error::kUnsupported), "m: not supported: d");
  EXPECT_EQ(text(Error::kWrongClass), "m: is a 64-bit image, not a 32-bit one for o");
  EXPECT_EQ(text(Error::kWrongByteOrder), "m: is big-endian, not little-endian for o");
  EXPECT_EQ(text(Error::kWrongMachine), "m: is for machine 2, not for 1 (o)");
  EXPECT_EQ(text(Error::kWrongFlags), "m: was built for another ABI of o (e_flags 0x2)");
  EXPECT_EQ(text(Error::kMissingVersion),
            "m: wants version w of o, which it does not name in DT_NEEDED");
  EXPECT_EQ(text(Error::kNoMemory), "m: no memory for d");
  EXPECT_EQ(text(Error::kReserveFailed), "m: no room for 2 bytes of address space");
  EXPECT_EQ(text(Error::kMapFailed), "m: cannot map program header 2");
  EXPECT_EQ(text(Error::kProtectFailed), "m: cannot protect 2 bytes at 0x10");
  EXPECT_EQ(text(Error::kOutOfOrder), "m: internal: d at the wrong time");
  EXPECT_EQ(text(Error::kOwnAncestor), "m: loading waits for one that it is loaded by: a -> b");
  EXPECT_EQ(text(Error::kHandlerFailed), "m: d failed with error 2");
  EXPECT_EQ(text(Error::kBusy), "m: busy: d: a, b");
  EXPECT_EQ(text(Error::kNotPermitted), "m: not permitted: d");
  EXPECT_EQ(text(Error::kSignature), "m: signature: d");
  EXPECT_EQ(text(Error::kIgnoredTag), "m: dynamic section: d 0x2 is ignored");
  EXPECT_EQ(text(Error::kNoVersionInfo),
            "m: wants version w of o, which has no version information");
  EXPECT_EQ(text(Error::kWeakUndefined), "m: weak 's' is undefined and has the value 0");
}

TEST(FormatReport, NamesWhoNeededTheImageAndWhatTheProviderHas) {
  const std::string_view versions[] = {"K_1", "K_2"};
  EXPECT_EQ(Text({.error = Error::kWrongMachine,
                  .image = "a.kld",
                  .needed_by = "b.kld",
                  .other = "exemplar",
                  .value = 183,
                  .limit = 62}),
            "a.kld (needed by b.kld): is for machine 183, not for 62 (exemplar)");
  EXPECT_EQ(Text({.error = Error::kMissingVersion,
                  .image = "a.kld",
                  .wanted = "K_3",
                  .other = "kernel",
                  .list = versions}),
            "a.kld: wants version K_3 of kernel, which has K_1, K_2");
  EXPECT_EQ(Text({.error = Error::kMissingVersion, .image = "a", .wanted = "V", .other = "b"}),
            "a: wants version V of b, which has no versions");
  EXPECT_EQ(Text({.error = Error::kBadSegment, .image = "a", .detail = "there is no PT_LOAD"}),
            "a: bad program header 0: there is no PT_LOAD");
}

TEST(FormatReport, EveryErrorHasAClass) {
  // One to one with the error numbers that users see; warnings have none.
  EXPECT_EQ(FailureOf(Error::kNotFound), Failure::kNotFound);
  EXPECT_EQ(FailureOf(Error::kMissingDependency), Failure::kMissingDependency);
  EXPECT_EQ(FailureOf(Error::kWrongFlags), Failure::kWrongMachine);
  EXPECT_EQ(FailureOf(Error::kMissingVersion), Failure::kMissingVersion);
  EXPECT_EQ(FailureOf(Error::kUndefinedSymbol), Failure::kUndefinedSymbols);
  EXPECT_EQ(FailureOf(Error::kCycle), Failure::kCycle);
  EXPECT_EQ(FailureOf(Error::kThreadLocal), Failure::kNotAModule);
  EXPECT_EQ(FailureOf(Error::kBadPlace), Failure::kNotAModule);
  EXPECT_EQ(FailureOf(Error::kMapFailed), Failure::kNoMemory);
  EXPECT_EQ(FailureOf(Error::kWeakUndefined), Failure::kNone);
}

}  // namespace
}  // namespace rtld
