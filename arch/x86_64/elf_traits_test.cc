// SPDX-License-Identifier: BSD-2-Clause
//
// The relocation table of the AMD64 psABI, as far as dynamic images may have its types.

#include "arch/x86_64/elf_traits.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace arch::x86_64 {
namespace {

TEST(Traits, DynamicTypesHaveTheFormulaeOfThePsabi) {
  const Rule kWordSymbol = {.op = Op::kSymbol};
  EXPECT_EQ(Traits::RuleFor(1), kWordSymbol);
  EXPECT_EQ(Traits::RuleFor(6), (Rule{.op = Op::kSymbol, .addend = Addend::kIgnored}));
  EXPECT_EQ(Traits::RuleFor(7), (Rule{.op = Op::kJumpSlot, .addend = Addend::kIgnored}));
  EXPECT_EQ(Traits::RuleFor(8), (Rule{.op = Op::kRelative}));
  EXPECT_EQ(Traits::RuleFor(37), (Rule{.op = Op::kIrelative}));
  EXPECT_EQ(Traits::RuleFor(2), (Rule{.op = Op::kPcRelative, .width = 4, .check = Check::kSigned}));
  EXPECT_EQ(Traits::RuleFor(10), (Rule{.op = Op::kSymbol, .width = 4, .check = Check::kUnsigned}));
  EXPECT_EQ(Traits::RuleFor(11), (Rule{.op = Op::kSymbol, .width = 4, .check = Check::kSigned}));
}

TEST(Traits, EveryTypeOfThePsabiHasANameAndARule) {
  std::set<std::string> names;
  int known = 0;
  for (uint32_t type = 0; type < 0x10000; ++type) {
    const Rule rule = Traits::RuleFor(type);
    const std::string name(Traits::RelocationName(type));
    EXPECT_EQ(rule.op == Op::kUnknown, name.empty()) << type;
    if (name.empty()) continue;
    ++known;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(known, 41);  // 0..38, 41, 42; 39 and 40 were withdrawn
}

TEST(Traits, NarrowPlacesAreChecked) {
  for (uint32_t type = 0; type < 64; ++type) {
    const Rule rule = Traits::RuleFor(type);
    if (rule.width == 0 || rule.width == 8) continue;
    EXPECT_NE(rule.check, Check::kNone) << type;
  }
}

}  // namespace
}  // namespace arch::x86_64
