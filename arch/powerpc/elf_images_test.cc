// SPDX-License-Identifier: BSD-2-Clause
//
// bss_plt.so has the old PLT, which the dynamic linker would have to write code into.

#include <gtest/gtest.h>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

class BssPlt : public Images {};

INSTANTIATE_TEST_SUITE_P(Cpu, BssPlt, ::testing::Values(&MachineNamed("powerpc")), CpuName);

TEST_P(BssPlt, IsRefusedForItsWritableCode) {
  for (const bool module : {true, false}) {
    const Machine::Comparison comparison =
        module ? NewModules(rtld::kKernelPolicy) : NewPrograms(rtld::kProgramPolicy);
    Load(*comparison, "bss_plt.so");
    EXPECT_FALSE(comparison->Link());
    ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
    EXPECT_EQ(comparison->diagnostics().errors()[0].flat.error, rtld::Error::kWritableCode);
    EXPECT_EQ(comparison->diagnostics().errors()[0].flat.image, Path("bss_plt.so"));
  }
}

}  // namespace
}  // namespace arch::testing
