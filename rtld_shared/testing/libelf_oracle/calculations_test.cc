// SPDX-License-Identifier: BSD-2-Clause
//
// The oracle's formulae: parsing, evaluation, range checks, and that nonsense is refused.

#include "rtld_shared/testing/libelf_oracle/calculations.h"

#include <gtest/gtest.h>

namespace oracle {
namespace {

constexpr char kHead[] = "machine 7\ntls variant 1 tcb 16\n";

Calculations Parse(const std::string& lines) {
  Calculations calculations;
  std::string error;
  EXPECT_TRUE(ParseCalculations(kHead + lines, calculations, error)) << error;
  return calculations;
}

std::string ErrorOf(const std::string& text) {
  Calculations calculations;
  std::string error;
  EXPECT_FALSE(ParseCalculations(text, calculations, error)) << text;
  return error;
}

TEST(Calculations, ReadsEveryForm) {
  const Calculations all = Parse(
      "# comment\n\nhash 8\n0 R_NONE - none\n1 R_ABS word64 S + A\n2 R_PC word32s S + A - P\n"
      "3 R_COPY - copy\n4 R_CALL word64 call(B + A)\n5 R_DESC pair32 desc(S + A)\n"
      "6 R_DTP word64 S + A - 0x8000\n7 R_BRANCH - static\n");
  EXPECT_EQ(all.machine, 7);
  EXPECT_EQ(all.tls_variant, 1);
  EXPECT_EQ(all.tcb_size, 16u);
  EXPECT_EQ(all.format.hash_word, 8u);
  ASSERT_EQ(all.types.size(), 8u);
  EXPECT_EQ(all.Find(0)->kind, Calculation::Kind::kNone);
  EXPECT_EQ(all.Find(1)->name, "R_ABS");
  EXPECT_EQ(all.Find(2)->field.check, Field::Check::kSigned);
  EXPECT_EQ(all.Find(3)->kind, Calculation::Kind::kCopy);
  EXPECT_EQ(all.Find(4)->kind, Calculation::Kind::kCall);
  EXPECT_EQ(all.Find(5)->field.words, 2u);
  EXPECT_EQ(all.Find(5)->field.bytes, 4u);
  EXPECT_EQ(all.Find(7)->kind, Calculation::Kind::kStatic);
  EXPECT_EQ(all.Find(8), nullptr);
  EXPECT_TRUE(all.Find(2)->Uses('P'));
  EXPECT_FALSE(all.Find(1)->Uses('P'));
}

TEST(Calculations, EvaluatesSums) {
  const Calculations all = Parse(
      "1 R_A word64 S + A - P\n2 R_B word64 B + A\n3 R_C word64 S + A + T - 0x7000\n"
      "4 R_D word64 M\n5 R_E word64 Z + A\n");
  const Values values = {.addend = 1,
                         .bias = 0x10,
                         .symbol = 0x10000,
                         .place = 0x100,
                         .size = 0x50,
                         .module = 3,
                         .tls = 0x20};
  EXPECT_EQ(Evaluate(*all.Find(1), values), 0x10000u + 1 - 0x100);
  EXPECT_EQ(Evaluate(*all.Find(2), values), 0x11u);
  EXPECT_EQ(Evaluate(*all.Find(3), values), 0x10000u + 1 + 0x20 - 0x7000);
  EXPECT_EQ(Evaluate(*all.Find(4), values), 3u);
  EXPECT_EQ(Evaluate(*all.Find(5), values), 0x51u);
}

TEST(Calculations, EvaluatesSequences) {
  const Calculations all = Parse(
      "r_info composed\ngot 9 7000000a 70000013 0x70000011\nplt 8\n"
      "9 R_AB word64 1 then 2\n1 R_A word32 R + A - P\n2 R_B word64s S + A + 1\n");
  EXPECT_TRUE(all.format.composed);
  ASSERT_TRUE(all.format.got);
  EXPECT_EQ(all.format.got->type, 9u);
  EXPECT_EQ(all.format.got->local_tag, 0x7000000au);
  EXPECT_EQ(all.format.got->first_tag, 0x70000013u);
  EXPECT_EQ(all.format.got->all_tag, 0x70000011u);
  EXPECT_EQ(all.plt_mark, 8u);
  const Calculation& sequence = *all.Find(9);
  EXPECT_EQ(sequence.kind, Calculation::Kind::kSequence);
  ASSERT_EQ(sequence.steps.size(), 2u);
  EXPECT_TRUE(sequence.Uses('R'));
  EXPECT_FALSE(sequence.Uses('S'));
  // The second calculation has no symbol.
  const Values values = {.addend = 5, .symbol = 0x10000, .place = 0x100, .symbol_or_bias = 0x20000};
  EXPECT_EQ(Evaluate(sequence, values), 0x20000u + 5 - 0x100 + 1);
}

TEST(Calculations, ChecksRanges) {
  const Calculations all =
      Parse("1 R_W word32 S\n2 R_S word32s S\n3 R_U word32u S\n4 R_E word16e S\n5 R_B word8s S\n");
  const auto holds = [&](uint32_t type, uint64_t value, unsigned address) {
    return all.Find(type)->field.Holds(value, address);
  };
  EXPECT_TRUE(holds(1, 0x123456789, 8));
  EXPECT_TRUE(holds(2, 0x7fffffff, 8));
  EXPECT_FALSE(holds(2, 0x80000000, 8));
  EXPECT_TRUE(holds(2, static_cast<uint64_t>(int64_t{-0x80000000ll}), 8));
  EXPECT_FALSE(holds(2, static_cast<uint64_t>(int64_t{-0x80000001ll}), 8));
  EXPECT_TRUE(holds(3, 0xffffffff, 8));
  EXPECT_FALSE(holds(3, 0x100000000, 8));
  EXPECT_TRUE(holds(4, 0xffff, 8));
  EXPECT_TRUE(holds(4, static_cast<uint64_t>(-0x8000), 8));
  EXPECT_FALSE(holds(4, 0x10000, 8));
  EXPECT_FALSE(holds(4, static_cast<uint64_t>(-0x8001), 8));
  // In 32-bit addresses 0xffffff80 is -128, whatever a 64-bit sum left above.
  EXPECT_TRUE(holds(5, 0xffffff80, 4));
  EXPECT_TRUE(holds(5, 0x1ffffff80, 4));
  EXPECT_FALSE(holds(5, 0xffffff7f, 4));
}

TEST(Calculations, ReadsPartsOfWords) {
  const Calculations all = Parse(
      "1 R_HI word32.22u S + A >> 10\n2 R_D2 word32.2@20+14s S - P >> 2\n"
      "3 R_LOX word32.13 S & 0x3ff | 0x1c00\n4 R_HIX word32.22 S ^ 0xffffffffffffffff >> 10\n"
      "5 R_D8 word32.2@19+8@5s S\n");
  EXPECT_EQ(all.Find(1)->field.bits(), 22u);
  EXPECT_EQ(all.Find(2)->field.bits(), 16u);
  EXPECT_EQ(Evaluate(*all.Find(1), {.symbol = 0xffffffff}), 0x3fffffu);
  EXPECT_EQ(Evaluate(*all.Find(1), {.symbol = 0x8000000000000000}), 0x20000000000000u);
  EXPECT_EQ(Evaluate(*all.Find(2), {.symbol = 0, .place = 4}), ~uint64_t{0});  // keeps the sign
  EXPECT_EQ(Evaluate(*all.Find(3), {.symbol = 0x1234567}), 0x1d67u);
  EXPECT_EQ(Evaluate(*all.Find(4), {.symbol = ~uint64_t{0x12345678}}), 0x12345678u >> 10);
  EXPECT_EQ(all.Find(1)->field.Insert(0xffffffff, 0x155555), 0xffd55555u);
  EXPECT_EQ(all.Find(2)->field.Insert(0, 0xffff), 0x303fffu);
  EXPECT_EQ(all.Find(2)->field.Insert(0xffffffff, 0x4001), 0xffdfc001u);
  EXPECT_EQ(all.Find(5)->field.Insert(0, 0x3ff), 0x181fe0u);
  EXPECT_TRUE(all.Find(1)->field.Holds(0x3fffff, 8));
  EXPECT_FALSE(all.Find(1)->field.Holds(0x400000, 8));
  EXPECT_TRUE(all.Find(2)->field.Holds(static_cast<uint64_t>(-0x8000), 8));
  EXPECT_FALSE(all.Find(2)->field.Holds(0x8000, 8));
}

TEST(Calculations, ReadsSlotsDescriptorsAndInfo) {
  const Calculations all = Parse(
      "info 8\ndescriptor 24\n1 R_S triple64 fetch(S + A)\n2 R_SI triple64 fetch(call(B + A))\n"
      "3 R_J code32 jump(S)\n4 R_JI code32 jump(call(B + A))\n5 R_O word32.13s S + O\n");
  EXPECT_EQ(all.descriptor, 24u);
  EXPECT_EQ(all.Find(1)->slot, Calculation::Slot::kFetch);
  EXPECT_EQ(all.Find(1)->kind, Calculation::Kind::kSum);
  EXPECT_EQ(all.Find(1)->field.words, 3u);
  EXPECT_EQ(all.Find(2)->slot, Calculation::Slot::kFetch);
  EXPECT_EQ(all.Find(2)->kind, Calculation::Kind::kCall);
  EXPECT_EQ(all.Find(3)->slot, Calculation::Slot::kJump);
  EXPECT_EQ(all.Find(3)->field.bytes, 32u);
  EXPECT_EQ(all.Find(4)->kind, Calculation::Kind::kCall);
  EXPECT_EQ(all.TypeOf(0xffffd821), 0x21u);
  EXPECT_EQ(all.OtherOf(0xffffd821), static_cast<uint64_t>(-0x28));
  EXPECT_EQ(all.OtherOf(0x1821), 0x18u);
  EXPECT_EQ(Evaluate(*all.Find(5), {.symbol = 5, .other = 7}), 12u);
  EXPECT_EQ(Parse("1 R_A word64 S\n").TypeOf(0x12345678), 0x12345678u);
}

TEST(Calculations, ReadsWhatFewCpusHave) {
  EXPECT_FALSE(Parse("").argument_first);
  EXPECT_FALSE(Parse("").weak_at_place);
  EXPECT_TRUE(Parse("desc argument first\n").argument_first);
  EXPECT_TRUE(Parse("weak at place\n").weak_at_place);
}

TEST(Calculations, RefusesNonsense) {
  const std::string head = kHead;
  EXPECT_EQ(ErrorOf("1 R_A word64 S\n"), "no machine or no tls line");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 S +\n"), "line 3: 1 R_A word64 S +");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 S A\n"), "line 3: 1 R_A word64 S A");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 Q\n"), "line 3: 1 R_A word64 Q");
  EXPECT_EQ(ErrorOf(head + "1 R_A word24 S\n"), "line 3: 1 R_A word24 S");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64\n"), "line 3: 1 R_A word64");
  EXPECT_EQ(ErrorOf(head + "1 R_A - S\n"), "line 3: 1 R_A - S");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 none\n"), "line 3: 1 R_A word64 none");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 desc(S)\n"), "line 3: 1 R_A word64 desc(S)");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 S\n1 R_B word64 S\n"), "line 4: 1 R_B word64 S");
  for (const char* line :
       {"1 R_A word32.33 S", "1 R_A word32.0 S", "1 R_A word32.8@25 S", "1 R_A word32.8+4@6 S",
        "1 R_A word32. S", "1 R_A pair32.8 desc(S)", "1 R_A word64 fetch(S)", "1 R_A triple64 S",
        "1 R_A code32 S", "1 R_A word64 jump(S)", "1 R_A word64 call(jump(S))", "info 32",
        "include nothing", "desc function first", "desc", "weak at", "weak at place always"}) {
    EXPECT_EQ(ErrorOf(head + line + "\n"), std::string("line 3: ") + line);
  }
  EXPECT_EQ(ErrorOf("tls variant one\n"), "line 1: tls variant one");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 2 then\n"), "line 3: 1 R_A word64 2 then");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 2 then S\n"), "line 3: 1 R_A word64 2 then S");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 2 and 3\n"), "line 3: 1 R_A word64 2 and 3");
  EXPECT_EQ(ErrorOf(head + "1 R_A word64 1 then 2\n2 R_B - copy\n"), "R_A: 1 is no sum");
  EXPECT_EQ(ErrorOf(head + "r_info mixed\n"), "line 3: r_info mixed");
  EXPECT_EQ(ErrorOf(head + "got 1 2 3\n"), "line 3: got 1 2 3");
}

}  // namespace
}  // namespace oracle
