// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/powerpc64/elf_traits.h"

#include <gtest/gtest.h>

#include <map>

namespace arch::powerpc64 {
namespace {

TEST(Traits, AbiWithoutDescriptorsIsAnother) {
  EXPECT_TRUE(Traits::AcceptsFlags(1));
  EXPECT_TRUE(Traits::AcceptsFlags(0));  // does not say
  EXPECT_FALSE(Traits::AcceptsFlags(2));
  EXPECT_FALSE(Traits::AcceptsFlags(3));
  EXPECT_FALSE(Traits::AcceptsFlags(5));
}

TEST(Traits, OnlySlotsAreCopiesOfDescriptors) {
  EXPECT_EQ(Traits::RuleFor(21), (Rule{.op = Op::kJumpSlot}));
  EXPECT_EQ(Traits::RuleFor(247), (Rule{.op = Op::kIrelativeSlot}));
  EXPECT_EQ(Traits::RuleFor(248), (Rule{.op = Op::kIrelative}));
}

// Memory of words by address; a slot at 0x100 of an image at bias 0x10000.
struct Context {
  using Addr = uint64_t;
  std::map<uint64_t, uint64_t> words = {}, stored = {};
  Addr bias = 0x10000, place = 0x100, addend = 0, target = 0;

  bool Store(Addr at, unsigned width, Addr value) {
    stored[at] = value;
    return width == 8;
  }
  Addr Fetch(Addr address, bool& ok) {
    if (!words.contains(address)) ok = false;
    return words[address];
  }
};

using Words = std::map<uint64_t, uint64_t>;

TEST(Slots, AreTheThreeWordsOfTheDescriptor) {
  Context context{.words = {{0x5000, 11}, {0x5008, 22}, {0x5010, 33}}, .target = 0x5000};
  EXPECT_TRUE(Traits::StoreSlot(context));
  EXPECT_EQ(context.stored, (Words{{0x100, 11}, {0x108, 22}, {0x110, 33}}));
}

TEST(Slots, TakeTheDescriptorAtTheAddend) {
  Context context{
      .words = {{0x5018, 1}, {0x5020, 2}, {0x5028, 3}}, .addend = 0x18, .target = 0x5000};
  EXPECT_TRUE(Traits::StoreSlot(context));
  EXPECT_EQ(context.stored, (Words{{0x100, 1}, {0x108, 2}, {0x110, 3}}));
}

TEST(Slots, OfNobodyAreZero) {
  Context context;
  EXPECT_TRUE(Traits::StoreSlot(context));
  EXPECT_EQ(context.stored, (Words{{0x100, 0}, {0x108, 0}, {0x110, 0}}));
}

TEST(Slots, NeedAllOfTheDescriptor) {
  Context context{.words = {{0x5000, 11}, {0x5008, 22}}, .target = 0x5000};
  EXPECT_FALSE(Traits::StoreSlot(context));
}

TEST(DynamicTags, AreKept) {
  Traits::DynamicTags tags;
  Traits::OnDynamicTag(tags, 0x70000000, 1);
  Traits::OnDynamicTag(tags, 0x70000001, 2);
  Traits::OnDynamicTag(tags, 0x70000002, 3);
  Traits::OnDynamicTag(tags, 0x70000003, 4);
  Traits::OnDynamicTag(tags, 0x70000004, 5);
  EXPECT_EQ(tags.glink, 1u);
  EXPECT_EQ(tags.descriptors, 2u);
  EXPECT_EQ(tags.descriptors_size, 3u);
  EXPECT_EQ(tags.options, 4u);
}

}  // namespace
}  // namespace arch::powerpc64
