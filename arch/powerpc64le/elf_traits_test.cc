// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/powerpc64le/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::powerpc64le {
namespace {

TEST(Traits, FunctionDescriptorsAreAnotherAbi) {
  EXPECT_TRUE(Traits::AcceptsFlags(2));
  EXPECT_TRUE(Traits::AcceptsFlags(0));  // does not say
  EXPECT_FALSE(Traits::AcceptsFlags(1));
  EXPECT_FALSE(Traits::AcceptsFlags(3));
  EXPECT_FALSE(Traits::AcceptsFlags(6));
}

TEST(Traits, SlotsOfLocalIfuncsAreIrelative) {
  EXPECT_EQ(Traits::RuleFor(247), (Rule{.op = Op::kIrelative}));
  EXPECT_EQ(Traits::RuleFor(248), (Rule{.op = Op::kIrelative}));
}

TEST(Traits, LocalEntriesAreTheStaticLinkersMatter) {
  EXPECT_EQ(Traits::RuleFor(117).op, Op::kRefused);  // ADDR64_LOCAL
}

}  // namespace
}  // namespace arch::powerpc64le
