// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/powerpc/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::powerpc {
namespace {

TEST(Traits, UnalignedTypesMeanTheSame) {
  EXPECT_EQ(Traits::RuleFor(24), Traits::RuleFor(1));
  EXPECT_EQ(Traits::RuleFor(25), Traits::RuleFor(3));
}

TEST(Traits, InstructionsAreNeverPatched) {
  for (const uint32_t type : {2, 4, 5, 6, 7, 10, 11, 18}) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kRefused) << type;
  }
}

TEST(Traits, EmbeddedAbiIsAnother) {
  EXPECT_TRUE(Traits::AcceptsFlags(0));
  EXPECT_FALSE(Traits::AcceptsFlags(0x80000000));  // EF_PPC_EMB
  EXPECT_FALSE(Traits::AcceptsFlags(0x00010000));  // EF_PPC_RELOCATABLE
  EXPECT_TRUE(
      Traits::AcceptsFlags(0x00008000));  // EF_PPC_RELOCATABLE_LIB, on every image of GNU ld
}

}  // namespace
}  // namespace arch::powerpc
