// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/arm/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::arm {
namespace {

TEST(Traits, LazySlotsAreNotAddends) {
  EXPECT_EQ(Traits::RuleFor(21), (Rule{.op = Op::kSymbol, .addend = Addend::kIgnored}));
  EXPECT_EQ(Traits::RuleFor(22), (Rule{.op = Op::kJumpSlot, .addend = Addend::kIgnored}));
}

TEST(Traits, OnlyEabi5LittleEndianImages) {
  EXPECT_TRUE(Traits::AcceptsFlags(0x05000000));
  EXPECT_TRUE(Traits::AcceptsFlags(0x05000200));  // soft float
  EXPECT_TRUE(Traits::AcceptsFlags(0x05000400));  // hard float
  EXPECT_TRUE(Traits::AcceptsFlags(0x05000002));  // Go: has an entry point
  EXPECT_TRUE(Traits::AcceptsFlags(0x05000402));
  EXPECT_FALSE(Traits::AcceptsFlags(0));           // before the EABI
  EXPECT_FALSE(Traits::AcceptsFlags(0x04000000));  // EABI 4
  EXPECT_FALSE(Traits::AcceptsFlags(0x05800000));  // BE8
}

TEST(Traits, InstructionsAreNeverPatched) {
  for (const uint32_t type : {1, 10, 27, 28, 29, 43, 44, 47, 48}) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kRefused) << type;
  }
}

}  // namespace
}  // namespace arch::arm
