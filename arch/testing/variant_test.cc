// SPDX-License-Identifier: BSD-2-Clause
//
// Where a psABI knows functions that do not follow the base calling standard, variant.so calls one;
// provider.so does not.

#include <gtest/gtest.h>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

class VariantCalls : public Images {};

INSTANTIATE_TEST_SUITE_P(Cpu, VariantCalls, ::testing::ValuesIn(MachinesWith("variant.so")),
                         CpuName);

TEST_P(VariantCalls, AreMarkedInTheModuleRecord) {
  const Machine::Comparison comparison = NewModules(kModulePolicy);
  Load(*comparison, "variant.so");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  ASSERT_EQ(comparison->Images().size(), 2u);
  EXPECT_TRUE(comparison->HasVariantCalls(0));
  EXPECT_FALSE(comparison->HasVariantCalls(1));
}

}  // namespace
}  // namespace arch::testing
