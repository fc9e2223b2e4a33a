// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/m68k/elf_traits.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace arch::m68k {
namespace {

using Layout = Traits::Layout;

TEST(Traits, StructuresAreAlignedToTwoBytes) {
  EXPECT_EQ(alignof(Layout::AddrField), 2u);
  EXPECT_EQ(alignof(Layout::Word), 2u);
  EXPECT_EQ(alignof(Layout::Half), 2u);
  EXPECT_EQ(alignof(Layout::Dyn), 2u);
  EXPECT_EQ(alignof(Layout::Sym), 2u);
  EXPECT_EQ(sizeof(Layout::Ehdr), 52u);
  EXPECT_EQ(sizeof(Layout::Sym), 16u);
  EXPECT_EQ(sizeof(Layout::Rela), 12u);
}

TEST(Traits, WordsAreReadAtAnyEvenAddress) {
  alignas(4) const uint8_t bytes[] = {0, 0, 0x12, 0x34, 0x56, 0x78};
  const auto* word = reinterpret_cast<const Layout::AddrField*>(bytes + 2);
  EXPECT_EQ(word->get(), 0x12345678u);
}

TEST(Traits, GotEntriesHaveNoAddend) {
  EXPECT_EQ(Traits::RuleFor(20).addend, Addend::kIgnored);
  EXPECT_EQ(Traits::RuleFor(21).addend, Addend::kIgnored);
  EXPECT_EQ(Traits::RuleFor(1).addend, Addend::kUsed);
}

TEST(Traits, OtherCoresAreAnotherAbi) {
  EXPECT_TRUE(Traits::AcceptsFlags(0));
  EXPECT_TRUE(Traits::AcceptsFlags(0x01000000));   // EF_M68K_M68000
  EXPECT_FALSE(Traits::AcceptsFlags(0x00810000));  // EF_M68K_CPU32
  EXPECT_FALSE(Traits::AcceptsFlags(0x02000000));  // EF_M68K_FIDO
  EXPECT_FALSE(Traits::AcceptsFlags(0x00008000));  // EF_M68K_CFV4E
  EXPECT_FALSE(Traits::AcceptsFlags(0x00000001));  // EF_M68K_CF_ISA_A_NODIV
}

}  // namespace
}  // namespace arch::m68k
