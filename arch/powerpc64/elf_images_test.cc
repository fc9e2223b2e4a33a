// SPDX-License-Identifier: BSD-2-Clause
//
// PLT slots are copies of function descriptors.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

class Descriptors : public Images {
 protected:
  void SetUp() override {
    Images::SetUp();
    user_ = Read("user.so");
    slot_ = FindRelocation(user_, Op::kJumpSlot, "provider_function");
    provider_ = Read("provider.so");
    const int function = oracle::FindDefinition(provider_, "provider_function", "", true);
    ASSERT_GT(function, 0);
    function_ = static_cast<size_t>(function);
  }

  oracle::Image user_, provider_;
  size_t slot_ = 0, function_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Cpu, Descriptors, ::testing::Values(&MachineNamed("powerpc64")), CpuName);

// The words by themselves, so that it does not all hang on the oracle: code and TOC of provider.so.
TEST_P(Descriptors, AreCopiedRelocated) {
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "user.so");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  const std::vector<rtld::testing::LinkedImage> images = comparison->Images();
  ASSERT_EQ(images.size(), 2u);
  const uint64_t slot = user_.relocations[slot_].place;
  const uint64_t descriptor = provider_.symbols[function_].value;
  uint64_t code = 0, toc = 0;
  for (const oracle::Relocation& relocation : provider_.relocations) {
    if (relocation.place == descriptor) code = relocation.addend.value();
    if (relocation.place == descriptor + 8) toc = relocation.addend.value();
  }
  ASSERT_NE(code, 0u);
  ASSERT_NE(toc, 0u);
  EXPECT_EQ(comparison->WordAt(0, slot), images[1].bias + code);
  EXPECT_EQ(comparison->WordAt(0, slot + 8), images[1].bias + toc);
  EXPECT_EQ(comparison->WordAt(0, slot + 16), 0u);
}

TEST_P(Descriptors, ThatAreNowhereAreReported) {
  Bytes provider = Contents("provider.so");
  constexpr uint64_t kSymbolTable = 6;
  const uint64_t symbol =
      provider_.FileOffset(provider_.tags.at(kSymbolTable)).value() + function_ * 24;
  Patch(provider, symbol + 8, 8, 0x7000000);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  comparison->AddRoot("user.so", Contents("user.so"));
  comparison->AddFile("provider.so", "provider.so", provider);
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
  const rtld::Report& report = comparison->diagnostics().errors()[0].flat;
  EXPECT_EQ(report.error, rtld::Error::kBadTarget);
  EXPECT_EQ(report.image, "user.so");
  EXPECT_EQ(report.detail, "PLT slot");
  EXPECT_EQ(report.place, user_.relocations[slot_].place);
}

// e_entry is a descriptor's address: data, and what it names must be in the image.
TEST_P(Descriptors, OfEntriesAreData) {
  constexpr uint64_t kEntryField = 24;
  const auto errors = [&](Bytes contents) {
    const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
    Load(*comparison, "program", std::move(contents));
    const bool linked = comparison->Link();
    EXPECT_EQ(linked, comparison->diagnostics().errors().empty());
    return comparison->diagnostics().text();
  };
  Bytes contents = Contents("program");
  EXPECT_EQ(errors(contents), "");
  Patch(contents, kEntryField, 8, 0x7000000);
  EXPECT_NE(errors(contents).find("e_entry"), std::string::npos);
}

}  // namespace
}  // namespace arch::testing
