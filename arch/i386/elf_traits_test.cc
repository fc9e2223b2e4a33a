// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/i386/elf_traits.h"

#include <gtest/gtest.h>

namespace arch::i386 {
namespace {

TEST(Traits, LazySlotsAreNotAddends) {
  EXPECT_EQ(Traits::RuleFor(6), (Rule{.op = Op::kSymbol, .addend = Addend::kIgnored}));
  EXPECT_EQ(Traits::RuleFor(7), (Rule{.op = Op::kJumpSlot, .addend = Addend::kIgnored}));
}

TEST(Traits, ThreadPointerOffsetsHaveEitherSign) {
  EXPECT_EQ(Traits::RuleFor(14), (Rule{.op = Op::kTpOffset}));    // TLS_TPOFF
  EXPECT_EQ(Traits::RuleFor(37), (Rule{.op = Op::kTpDistance}));  // TLS_TPOFF32
}

TEST(Traits, NoFlagsAreDefined) {
  EXPECT_TRUE(Traits::AcceptsFlags(0));
  EXPECT_FALSE(Traits::AcceptsFlags(1));
}

}  // namespace
}  // namespace arch::i386
