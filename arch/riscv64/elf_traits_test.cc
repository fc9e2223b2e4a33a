// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/riscv64/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::riscv64 {
namespace {

TEST(Traits, NumbersOfRv32AreRefused) {
  for (const uint32_t type : {6, 8, 10}) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kRefused) << type;
  }
}

TEST(Traits, PairsOfStaticLinkersAreRefused) {
  for (uint32_t type = 33; type <= 40; ++type) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kRefused) << type;
  }
}

TEST(Traits, FloatAbisAreKnownAndSmallRegisterFilesRefused) {
  for (const uint32_t abi : {0x0, 0x2, 0x4, 0x6}) {
    EXPECT_TRUE(Traits::AcceptsFlags(abi)) << abi;
    EXPECT_TRUE(Traits::AcceptsFlags(abi | 0x11)) << abi;  // RVC, TSO
    EXPECT_FALSE(Traits::AcceptsFlags(abi | 0x8)) << abi;  // RVE
    EXPECT_FALSE(Traits::AcceptsFlags(abi | 0x20)) << abi;
  }
}

TEST(Traits, VariantCallsAreAnnouncedByTheirTag) {
  Traits::DynamicTags tags;
  Traits::OnDynamicTag(tags, 0x70000000, 0);
  EXPECT_FALSE(tags.variant_calls);
  Traits::OnDynamicTag(tags, 0x70000001, 0);  // DT_RISCV_VARIANT_CC
  EXPECT_TRUE(tags.variant_calls);
}

}  // namespace
}  // namespace arch::riscv64
