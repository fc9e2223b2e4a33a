// SPDX-License-Identifier: BSD-2-Clause
//
// Words of DT_HASH have eight bytes; lld, and mold for long, write four.

#include <gtest/gtest.h>

#include <string>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

class NarrowHash : public Images {
 protected:
  static constexpr uint64_t kHash = 4, kGnuHash = 0x6ffffef5;

  // The image with the words of its DT_HASH as lld writes them.
  [[nodiscard]] Bytes Narrow(const std::string& name) const {
    const oracle::Image image = Read(name);
    Bytes contents = Contents(name);
    const uint64_t table = image.FileOffset(image.tags.at(kHash)).value();
    const auto word = [&](uint64_t index) {
      return image.Word(image.tags.at(kHash) + 8 * index, 8).value();
    };
    const uint64_t words = 2 + word(0) + word(1);
    for (uint64_t i = 0; i < words; ++i) Patch(contents, table + 4 * i, 4, word(i));
    return contents;
  }
};

INSTANTIATE_TEST_SUITE_P(Cpu, NarrowHash, ::testing::Values(&MachineNamed("s390x")), CpuName);

TEST_P(NarrowHash, IsNotNeededBesideTheOtherTable) {
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  comparison->AddRoot("user.so", Narrow("user.so"));
  comparison->AddFile("provider.so", "provider.so", Narrow("provider.so"));
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  size_t words = 0;
  EXPECT_EQ(comparison->Differences(words), "");
  EXPECT_GT(words, 20u);
  for (const rtld::testing::LinkedImage& image : comparison->Images()) {
    EXPECT_TRUE(image.gnu_hash && !image.sysv_hash) << image.path;
  }
}

TEST_P(NarrowHash, IsRefusedAlone) {
  const oracle::Image image = Read("hash_sysv.so");
  ASSERT_FALSE(image.tags.contains(kGnuHash));
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "hash_sysv.so", Narrow("hash_sysv.so"));
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
  const rtld::Report& report = comparison->diagnostics().errors()[0].flat;
  EXPECT_EQ(report.error, rtld::Error::kBadTable);
  EXPECT_EQ(report.detail, "DT_HASH");
}

}  // namespace
}  // namespace arch::testing
