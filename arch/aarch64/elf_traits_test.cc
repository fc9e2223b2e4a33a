// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/aarch64/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::aarch64 {
namespace {

TEST(Traits, BothNumbersOfNoneDoNothing) {
  EXPECT_EQ(Traits::RuleFor(0), (Rule{.op = Op::kNone}));
  EXPECT_EQ(Traits::RuleFor(256), (Rule{.op = Op::kNone}));
}

TEST(Traits, NumbersOfIlp32AreUnknown) {
  for (uint32_t type = 1; type < 256; ++type) EXPECT_EQ(Traits::RuleFor(type), Rule{}) << type;
}

TEST(Traits, VariantCallsAreAnnouncedByTheirTag) {
  Traits::DynamicTags tags;
  Traits::OnDynamicTag(tags, 0x70000001, 0);  // DT_AARCH64_BTI_PLT
  Traits::OnDynamicTag(tags, 0x70000003, 0);  // DT_AARCH64_PAC_PLT
  EXPECT_FALSE(tags.variant_calls);
  Traits::OnDynamicTag(tags, 0x70000005, 0);  // DT_AARCH64_VARIANT_PCS
  EXPECT_TRUE(tags.variant_calls);
}

TEST(Traits, NoFlagsAreDefined) {
  EXPECT_TRUE(Traits::AcceptsFlags(0));
  EXPECT_FALSE(Traits::AcceptsFlags(1));
}

// _IFUNC_ARG_HWCAP of the C library's <sys/ifunc.h>.
TEST(Traits, ResolversAreToldOfTheBlock) { EXPECT_EQ(Traits::kResolverBlock, 0x4000000000000000u); }

}  // namespace
}  // namespace arch::aarch64
