// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/mips64el/elf_traits.h"

#include <gtest/gtest.h>

#include <cstring>

namespace arch::mips64el {
namespace {

using Layout = Traits::Layout;

// r_sym 0x01020304, r_ssym 5, r_type3 6, r_type2 7, r_type 8, as they stand in a file.
TEST(Traits, InfoIsFiveFields) {
  const uint8_t bytes[8] = {4, 3, 2, 1, 5, 6, 7, 8};
  Layout::AddrField field;
  std::memcpy(static_cast<void*>(&field), bytes, sizeof(field));
  EXPECT_EQ(Layout::SymbolOf(field), 0x01020304u);
  EXPECT_EQ(Layout::TypeOf(field), 0x05060708u);
  EXPECT_EQ(Layout::InfoOf(0x01020304, 0x05060708), field.get());
}

TEST(Traits, OneCompositionIsKnown) {
  EXPECT_EQ(kRel32Then64, 0x1203u);
  EXPECT_EQ(Traits::RuleFor(0x1203), (Rule{.op = Op::kSymbolOrBase}));
  EXPECT_EQ(Traits::RelocationName(0x1203), "R_MIPS_REL32/R_MIPS_64");
  for (const uint32_t type : {0x0312, 0x1212, 0x120003, 0x121203, 0x1001203, 0x1801, 0x1200}) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kUnknown) << type;
  }
}

TEST(Traits, WithoutASymbolTheBaseIsAdded) {
  EXPECT_EQ(OpOf(Traits::RuleFor(0x1203), 0), Op::kRelative);
  EXPECT_EQ(OpOf(Traits::RuleFor(0x1203), 1), Op::kSymbol);
  EXPECT_EQ(OpOf(Traits::RuleFor(18), 0), Op::kNone);
  EXPECT_EQ(OpOf(Traits::RuleFor(18), 1), Op::kSymbol);
}

TEST(Traits, OtherAbisAreRefused) {
  EXPECT_TRUE(Traits::AcceptsFlags(0x80000007));   // what GNU tools make: MIPS64 release 2
  EXPECT_TRUE(Traits::AcceptsFlags(0x60000005));   // a program that is not PIC, MIPS64
  EXPECT_TRUE(Traits::AcceptsFlags(0x20000007));   // MIPS III
  EXPECT_TRUE(Traits::AcceptsFlags(0x808d0007));   // with a vendor's instructions (EF_MIPS_MACH)
  EXPECT_FALSE(Traits::AcceptsFlags(0x80000027));  // EF_MIPS_ABI2: n32
  EXPECT_FALSE(Traits::AcceptsFlags(0x80001007));  // E_MIPS_ABI_O32
  EXPECT_FALSE(Traits::AcceptsFlags(0x80002007));  // E_MIPS_ABI_O64
  EXPECT_FALSE(Traits::AcceptsFlags(0x80004007));  // E_MIPS_ABI_EABI64
  EXPECT_FALSE(Traits::AcceptsFlags(0x80000107));  // EF_MIPS_32BITMODE
  EXPECT_FALSE(Traits::AcceptsFlags(0x80000407));  // EF_MIPS_NAN2008
  EXPECT_FALSE(Traits::AcceptsFlags(0xa0000007));  // release 6
  EXPECT_FALSE(Traits::AcceptsFlags(0x70000007));  // MIPS32 release 2
  EXPECT_FALSE(Traits::AcceptsFlags(0x00000007));  // MIPS I
}

TEST(Traits, UndefinedFunctionsHaveTheirStubsAddress) {
  EXPECT_FALSE(Traits::IsPltAddress(0));
  EXPECT_TRUE(Traits::IsPltAddress(8));
  EXPECT_TRUE(Traits::IsPltAddress(8 | 3));
}

TEST(Traits, TagsAreKept) {
  DynamicTags tags;
  EXPECT_FALSE(tags.has_got);
  EXPECT_EQ(Traits::HashOf(tags).table, 0u);
  uint64_t value = 100;
  for (const uint64_t tag : {0x7000000a, 0x70000011, 0x70000013, 0x70000036, 0x70000001}) {
    Traits::OnDynamicTag(tags, tag, value++);
  }
  EXPECT_TRUE(tags.has_got);
  EXPECT_EQ(tags.local_words, 100u);
  EXPECT_EQ(tags.symbols, 101u);
  EXPECT_EQ(tags.first_symbol, 102u);
  EXPECT_EQ(Traits::HashOf(tags).table, 103u);
  EXPECT_EQ(Traits::HashOf(tags).symbols, 101u);
}

}  // namespace
}  // namespace arch::mips64el
