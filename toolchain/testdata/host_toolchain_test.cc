// SPDX-License-Identifier: BSD-2-Clause
// The host toolchain: C++20 with its library, and the flags that the modes promise.

#include <gtest/gtest.h>

#include <span>
#include <stdexcept>
#include <vector>

namespace {

TEST(HostToolchain, IsHostedCxx20) {
  EXPECT_EQ(__cplusplus, 202002L);
  EXPECT_EQ(__STDC_HOSTED__, 1);
}

TEST(HostToolchain, ThrowsAndCatches) { EXPECT_THROW(std::vector<int>().at(1), std::out_of_range); }

TEST(HostToolchain, BuildsPositionIndependentExecutables) { EXPECT_EQ(__PIE__, 2); }

}  // namespace
