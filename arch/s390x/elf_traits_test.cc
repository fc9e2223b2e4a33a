// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/s390x/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::s390x {
namespace {

TEST(Traits, HashWordsAreWide) {
  EXPECT_EQ(sizeof(Traits::Layout::HashWord), 8u);
  EXPECT_EQ(sizeof(Traits::Layout::Word), 4u);
}

TEST(Traits, HalfwordCountsPatchTextAndAreRefused) {
  for (const uint32_t type : {17, 18, 19, 20, 21, 62, 63, 64, 65}) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kRefused) << type;
  }
}

TEST(Traits, NoFlagsAreDefined) {
  EXPECT_TRUE(Traits::AcceptsFlags(0));
  EXPECT_TRUE(Traits::AcceptsFlags(1));  // EF_S390_HIGH_GPRS
  EXPECT_FALSE(Traits::AcceptsFlags(2));
}

}  // namespace
}  // namespace arch::s390x
