// SPDX-License-Identifier: BSD-2-Clause
//
// Real images of every CPU with one defect each: what is refused, with exactly which report, and
// that nothing is left behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

using rtld::Error;
using rtld::Report;

using rtld::testing::StoredReport;

class Refused : public Images {
 protected:
  // Links the image with these contents, which must fail, and checks that all was given back.
  std::vector<const StoredReport*> Reports(const std::string& name, Bytes contents) {
    comparison_ = NewModules(kModulePolicy);
    Load(*comparison_, name, std::move(contents));
    EXPECT_FALSE(comparison_->Link());
    comparison_->EndSession();
    EXPECT_EQ(comparison_->arena().live(), 0u);
    EXPECT_EQ(comparison_->arena().bad_frees(), 0u);
    EXPECT_EQ(comparison_->loader().live(), 0u);
    EXPECT_EQ(comparison_->loader().bad_releases(), 0u);
    std::vector<const StoredReport*> reports;
    for (const StoredReport& report : comparison_->diagnostics().errors()) {
      reports.push_back(&report);
    }
    return reports;
  }
  // The only report of an image that has one defect; good until the next call.
  const StoredReport& Only(const std::string& name, Bytes contents) {
    static const StoredReport kNothing{Report{}};
    const std::vector<const StoredReport*> reports = Reports(name, std::move(contents));
    EXPECT_EQ(reports.size(), 1u);
    if (reports.empty()) return kNothing;
    EXPECT_EQ(reports[0]->flat.image, Path(name)) << reports[0]->text;
    return *reports[0];
  }

  // Addresses that are no place of the image, or none for a whole word.
  [[nodiscard]] std::vector<uint64_t> NoPlaces(const oracle::Image& image) const {
    uint64_t high = 0, read_only = 0;
    for (const oracle::Segment& segment : image.segments) {
      if (segment.type != 1) continue;
      high = std::max(high, segment.vaddr + segment.memsz);
      if ((segment.flags & 2) == 0) read_only = segment.vaddr;
    }
    return {read_only, high - 1, high, high + 0x10000, last_address() - 7, last_address()};
  }

  Machine::Comparison comparison_;
};

INSTANTIATE_FOR_ALL_CPUS(Refused);

// broken.so needs provider.so; nowhere_a and nowhere_b are defined by nobody.
TEST_P(Refused, EveryUndefinedSymbolIsReportedOnce) {
  const oracle::Image broken = Read("broken.so");
  struct Wanted {
    uint32_t count = 0;
    uint64_t place = ~uint64_t{0};
    uint32_t type = 0;
  };
  std::map<std::string, Wanted> wanted;
  for (const oracle::Relocation& relocation : broken.relocations) {
    Wanted& one = wanted[broken.symbols[relocation.symbol].name];
    ++one.count;
    if (relocation.place > one.place) continue;
    one.place = relocation.place;
    one.type = relocation.type;
  }
  const auto reports = Reports("broken.so", Contents("broken.so"));
  ASSERT_EQ(reports.size(), 2u);
  std::vector<std::string> symbols;
  for (const StoredReport* report : reports) {
    const Report& flat = report->flat;
    const Wanted& one = wanted[std::string(flat.symbol)];
    symbols.emplace_back(flat.symbol);
    EXPECT_EQ(flat.error, Error::kUndefinedSymbol);
    EXPECT_EQ(flat.reason, rtld::Reason::kNobody);
    EXPECT_EQ(flat.image, Path("broken.so"));
    EXPECT_EQ(flat.wanted, "");
    EXPECT_EQ(flat.count, one.count);
    EXPECT_TRUE(flat.has_place && flat.has_type);
    EXPECT_EQ(flat.place, one.place);
    EXPECT_EQ(flat.type, one.type);
    EXPECT_EQ(flat.type_name, psabi_.Find(one.type)->name);
    EXPECT_EQ(report->searched, (std::vector<std::string>{Path("broken.so"), Path("provider.so")}));
  }
  std::sort(symbols.begin(), symbols.end());
  EXPECT_EQ(symbols, (std::vector<std::string>{"nowhere_a", "nowhere_b"}));
  EXPECT_GE(wanted["nowhere_a"].count, 3u);
}

// Class first, then byte order, then machine: what differs first is what is told.
TEST_P(Refused, ImagesOfEveryOtherMachine) {
  for (const Machine* other : Machines()) {
    if (other == &cpu()) continue;
    SCOPED_TRACE(other->name);
    const StoredReport& report =
        Only("provider.so", rtld::testing::ReadBytes(PathOf(*other, "provider.so")));
    EXPECT_EQ(rtld::FailureOf(report.flat.error), rtld::Failure::kWrongMachine);
    EXPECT_EQ(report.flat.other, cpu().name);
    EXPECT_NE(report.text.find(cpu().name), std::string::npos) << report.text;
    if (other->word != cpu().word) {
      EXPECT_EQ(report.flat.error, Error::kWrongClass);
      EXPECT_EQ(report.flat.value, other->word / 4);
      EXPECT_EQ(report.flat.limit, cpu().word / 4);
    } else if (other->big_endian != cpu().big_endian) {
      EXPECT_EQ(report.flat.error, Error::kWrongByteOrder);
      EXPECT_EQ(report.flat.value, other->big_endian ? 2u : 1u);
      EXPECT_EQ(report.flat.limit, cpu().big_endian ? 2u : 1u);
    } else {
      EXPECT_EQ(report.flat.error, Error::kWrongMachine);
      EXPECT_EQ(report.flat.value, other->number);
      EXPECT_EQ(report.flat.limit, cpu().number);
      EXPECT_NE(report.text.find(std::to_string(other->number)), std::string::npos) << report.text;
    }
  }
}

TEST_P(Refused, ImagesOfAnotherAbiOfTheMachine) {
  Bytes file = Contents("provider.so");
  Patch(file, wide() ? 48 : 36, 4, 0xffffffff);
  const StoredReport& report = Only("provider.so", file);
  EXPECT_EQ(report.flat.error, Error::kWrongFlags);
  EXPECT_EQ(report.flat.value, 0xffffffffu);
  EXPECT_EQ(report.flat.other, cpu().name);
}

TEST_P(Refused, PlacesOfSymbolicRelocationsOutsideWritableSegments) {
  const oracle::Image user = Read("user.so");
  const size_t index = FindRelocation(user, Op::kSymbol);
  for (const uint64_t place : NoPlaces(user)) {
    SCOPED_TRACE(place);
    Bytes file = Contents("user.so");
    Patch(file, EntryOffset(user, index), cpu().word, place);
    const StoredReport& report = Only("user.so", file);
    EXPECT_EQ(report.flat.error, Error::kBadPlace) << report.text;
    EXPECT_EQ(report.flat.place, place);
    EXPECT_EQ(report.flat.type, user.relocations[index].type);
  }
}

TEST_P(Refused, PlacesOfRelativeRelocationsOutsideWritableSegments) {
  const oracle::Image user = Read("user.so");
  const size_t index = FindRelocation(user, Op::kRelative);
  for (const uint64_t place : NoPlaces(user)) {
    SCOPED_TRACE(place);
    Bytes file = Contents("user.so");
    Patch(file, EntryOffset(user, index), cpu().word, place);
    const StoredReport& report = Only("user.so", file);
    EXPECT_EQ(report.flat.error, Error::kBadPlace) << report.text;
    EXPECT_EQ(report.flat.place, place);
  }
}

TEST_P(Refused, PlacesOfPackedRelocationsOutsideWritableSegments) {
  if (!Has("relr.so")) {
    GTEST_SKIP() << "no linker packs relative relocations for this CPU";
  }
  const oracle::Image image = Read("relr.so");
  const uint64_t table = image.FileOffset(image.tags.at(36)).value();
  for (uint64_t place : NoPlaces(image)) {
    if ((place & 1) != 0) place = (place - 1) & ~uint64_t{1};  // an odd word is a bitmap
    SCOPED_TRACE(place);
    Bytes file = Contents("relr.so");
    Patch(file, table, cpu().word, place);
    const StoredReport& report = Only("relr.so", file);
    EXPECT_EQ(report.flat.error, Error::kBadPlace) << report.text;
    EXPECT_EQ(report.flat.detail, "DT_RELR");
  }
  Bytes file = Contents("relr.so");
  Patch(file, table, cpu().word, 3);
  EXPECT_EQ(Only("relr.so", file).flat.error, Error::kBadTable);
}

TEST_P(Refused, TargetsOfRelativeRelocationsOutsideTheImage) {
  const oracle::Image user = Read("user.so");
  const size_t index = FindRelocation(user, Op::kRelative);
  const oracle::Relocation& relocation = user.relocations[index];
  for (const uint64_t target : {uint64_t{0x100000}, last_address() / 2 + 1, last_address()}) {
    SCOPED_TRACE(target);
    Bytes file = Contents("user.so");
    Patch(file, AddendOffset(user, index), cpu().word, target);
    const StoredReport& report = Only("user.so", file);
    EXPECT_EQ(report.flat.error, Error::kBadTarget) << report.text;
    EXPECT_EQ(report.flat.place, relocation.place);
    EXPECT_EQ(report.flat.value, target);
  }
}

TEST_P(Refused, TargetsOfPackedRelocationsOutsideTheImage) {
  if (!Has("relr.so")) {
    GTEST_SKIP() << "no linker packs relative relocations for this CPU";
  }
  const oracle::Image image = Read("relr.so");
  const uint64_t place = image.packed[100];
  Bytes file = Contents("relr.so");
  Patch(file, image.FileOffset(place).value(), cpu().word, 0x100000);
  const StoredReport& report = Only("relr.so", file);
  EXPECT_EQ(report.flat.error, Error::kBadTarget);
  EXPECT_EQ(report.flat.detail, "DT_RELR");
  EXPECT_EQ(report.flat.place, place);
  EXPECT_EQ(report.flat.value, 0x100000u);
}

TEST_P(Refused, ResolversThatAreNoCode) {
  if (!HasIfunc()) GTEST_SKIP() << "the psABI has no IFUNC";
  const oracle::Image image = Read("ifunc.so");
  const size_t index = FindRelocation(image, Op::kIrelative);
  const oracle::Relocation& relocation = image.relocations[index];
  // Data, but where that is executable (a PLT that is code) what is behind it.
  uint64_t target = relocation.place;
  for (const oracle::Segment& segment : image.segments) {
    constexpr uint32_t kLoad = 1, kExecutable = 1;
    const bool here = target - segment.vaddr < segment.memsz;
    if (segment.type == kLoad && here && (segment.flags & kExecutable) != 0) target += 0x100000;
  }
  Bytes file = Contents("ifunc.so");
  Patch(file, AddendOffset(image, index), cpu().word, target);
  const StoredReport& report = Only("ifunc.so", file);
  EXPECT_EQ(report.flat.error, Error::kBadTarget) << report.text;
  EXPECT_EQ(report.flat.place, relocation.place);
  EXPECT_EQ(report.flat.value, target);
}

TEST_P(Refused, TypesThatThePsabiDoesNotHaveOrThatOnlyLinkersSee) {
  const oracle::Image user = Read("user.so");
  const size_t index = FindRelocation(user, Op::kSymbol);
  const oracle::Relocation& relocation = user.relocations[index];
  std::vector<uint32_t> types;
  for (const auto& [type, calculation] : psabi_.types) {
    if (calculation.kind == oracle::Calculation::Kind::kStatic) types.push_back(type);
  }
  EXPECT_GT(types.size(), 10u);
  const size_t known = types.size();
  for (uint32_t type = 0; types.size() < known + 20; ++type) {
    if (psabi_.Find(type) == nullptr) types.push_back(type);
  }
  for (const uint32_t type : types) {
    SCOPED_TRACE(type);
    const oracle::Calculation* calculation = psabi_.Find(type);
    Bytes file = Contents("user.so");
    Patch(file, EntryOffset(user, index) + cpu().word, cpu().word,
          cpu().InfoOf(relocation.symbol, type));
    const StoredReport& report = Only("user.so", file);
    EXPECT_EQ(report.flat.error,
              calculation ? Error::kRefusedRelocation : Error::kUnknownRelocation);
    EXPECT_EQ(report.flat.type, type);
    EXPECT_EQ(report.flat.type_name, calculation ? calculation->name : "");
    EXPECT_EQ(report.flat.place, relocation.place);
  }
}

TEST_P(Refused, SymbolsOutsideTheTable) {
  const oracle::Image user = Read("user.so");
  const size_t index = FindRelocation(user, Op::kSymbol);
  Bytes file = Contents("user.so");
  const uint32_t symbol = wide() ? 0xffffffff : 0xffffff;
  Patch(file, EntryOffset(user, index) + cpu().word, cpu().word,
        cpu().InfoOf(symbol, user.relocations[index].type));
  const StoredReport& report = Only("user.so", file);
  EXPECT_EQ(report.flat.error, Error::kBadSymbolIndex);
  EXPECT_EQ(report.flat.value, symbol);
}

TEST_P(Refused, ThreadLocalStorageInModules) {
  EXPECT_EQ(Only("tls.so", Contents("tls.so")).flat.error, Error::kThreadLocal);
}

TEST_P(Refused, ProgramsAsModules) {
  const StoredReport& report = Only("program", Contents("program"));
  EXPECT_EQ(report.flat.error, Error::kBadType);
  EXPECT_EQ(report.flat.value, 2u);
}

// version_user.so wants V_1, V_2 and V_3 of versions.so; the older versions.so has two of them.
TEST_P(Refused, VersionsThatTheProviderDoesNotHave) {
  const Machine::Comparison comparison = NewModules(kModulePolicy);
  comparison->AddRoot("version_user.so", Contents("version_user.so"));
  comparison->AddFile("versions.so", "versions.so", Contents("versions_old.so"));
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
  const auto& report = comparison->diagnostics().errors()[0];
  EXPECT_EQ(report.flat.error, Error::kMissingVersion);
  EXPECT_EQ(report.flat.image, "version_user.so");
  EXPECT_EQ(report.flat.wanted, "V_3");
  EXPECT_EQ(report.flat.other, "versions.so");
  EXPECT_EQ(report.list, (std::vector<std::string>{"V_1", "V_2"}));
}

TEST_P(Refused, ImagesWhoseDependencyIsMissing) {
  const Machine::Comparison comparison = NewModules(kModulePolicy);
  comparison->AddRoot("user.so", Contents("user.so"));
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
  const Report& report = comparison->diagnostics().errors()[0].flat;
  EXPECT_EQ(report.error, Error::kMissingDependency);
  EXPECT_EQ(report.image, "user.so");
  EXPECT_EQ(report.wanted, "provider.so");
}

}  // namespace
}  // namespace arch::testing
