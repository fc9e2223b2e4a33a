// SPDX-License-Identifier: BSD-2-Clause
//
// What is particular to this CPU; the table as a whole is checked by arch/all_traits_test.cc.

#include "arch/sparc64/elf_traits.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "arch/sparc64/testing/jump_target.h"

namespace arch::sparc64 {
namespace {

constexpr uint64_t kBias = 0x7000000000, kPlace = 0x4000, kEntry = kBias + kPlace;

TEST(Traits, MemoryModelsAndUltraSparcAreAccepted) {
  for (const uint32_t flags : {0x0, 0x1, 0x2, 0x200, 0x202, 0x800, 0xa02}) {
    EXPECT_TRUE(Traits::AcceptsFlags(flags)) << flags;
  }
  EXPECT_FALSE(Traits::AcceptsFlags(0x3));       // no such model
  EXPECT_FALSE(Traits::AcceptsFlags(0x100));     // V8+
  EXPECT_FALSE(Traits::AcceptsFlags(0x400));     // HAL R1
  EXPECT_FALSE(Traits::AcceptsFlags(0x800000));  // little-endian data
}

TEST(Traits, TypesHaveEightBits) {
  EXPECT_EQ(Traits::Layout::TypeOf(0x00000004'00001821), 33u);
  EXPECT_EQ(Traits::Layout::SymbolOf(0x00000004'00001821), 4u);
}

TEST(Traits, CodeSequencesAreTheStaticLinkersMatter) {
  for (const uint32_t type : {13, 14, 15, 18, 24, 47, 53, 56, 67, 72, 80}) {
    EXPECT_EQ(Traits::RuleFor(type).op, Op::kRefused) << type;
  }
}

// Words of an image by link-time address; everything in it is 0 or what was stored.
struct Context {
  using Addr = uint64_t;
  std::map<uint64_t, uint32_t> code = {};
  std::map<uint64_t, uint64_t> pointers = {};
  Addr bias = kBias, place = kPlace, addend = 0, target = 0;

  bool Store(Addr at, unsigned width, Addr value) {
    if (width == 8) pointers[at] = value;
    if (width == 4) code[at] = static_cast<uint32_t>(value);
    return true;
  }
  Addr Fetch(Addr, bool& ok) {
    ok = false;
    return 0;
  }
  [[nodiscard]] std::optional<uint64_t> Target() const {
    const auto word = [this](uint64_t at, unsigned bytes) -> std::optional<uint64_t> {
      if (bytes == 8) return pointers.contains(at) ? pointers.at(at) : 0;
      return code.contains(at) ? code.at(at) : 0;
    };
    return JumpTargetOf(Traits(), word, place, addend, bias);
  }
  [[nodiscard]] std::vector<uint32_t> Code() const {
    std::vector<uint32_t> words;
    for (const auto& [at, word] : code) words.push_back(word);
    return words;
  }
};

Context EntryTo(uint64_t target) {
  Context context{.target = target};
  EXPECT_TRUE(Traits::StoreSlot(context));
  EXPECT_EQ(context.Target(), target);
  return context;
}

TEST(PltEntries, AreTheShortestThatReach) {
  EXPECT_EQ(EntryTo(kEntry + 0x7ffffc).Code(), (std::vector<uint32_t>{0x309fffff}));
  EXPECT_EQ(EntryTo(kEntry - 0x800000).Code(), (std::vector<uint32_t>{0x30a00000}));
  EXPECT_EQ(EntryTo(kEntry + 0x800000).Code(),
            (std::vector<uint32_t>{0x8210000f, 0x401fffff, 0x9e100001}));
  EXPECT_EQ(EntryTo(kEntry - 0x800004).Code(),
            (std::vector<uint32_t>{0x8210000f, 0x7fdffffe, 0x9e100001}));
  EXPECT_EQ(EntryTo(kEntry + 4 + 0x7ffffffc).Code(),
            (std::vector<uint32_t>{0x8210000f, 0x5fffffff, 0x9e100001}));
  EXPECT_EQ(EntryTo(kEntry + 4 - 0x80000000).Code(),
            (std::vector<uint32_t>{0x8210000f, 0x60000000, 0x9e100001}));
  for (const uint64_t far : {kEntry + 4 + 0x80000000, kEntry - 0x80000000}) {
    EXPECT_EQ(EntryTo(far).Code().size(), 7u);
  }
}

TEST(PltEntries, ReachEverywhere) {
  EXPECT_EQ(EntryTo(0xfedcba9876543210).Code(),
            (std::vector<uint32_t>{0x033fb72e, 0x0b1d950c, 0x82106298, 0x8a116210, 0x83287020,
                                   0x81c04005, 0x01000000}));
  for (const uint64_t target : {uint64_t{0}, uint64_t{0x123456789abc}, ~uint64_t{3}}) {
    EntryTo(target);
  }
}

// An entry behind the first 32768, as linkers make them, and its pointer at 0x9000:
//   mov %o7, %g5; call .+8; nop; ldx [%o7 + pointer - .PLT - 4], %g1; jmpl %o7 + %g1, %g1; mov %g5, %o7
TEST(PltEntries, FarOnesJumpRelatively) {
  for (const uint64_t target : {kBias + 0x100, uint64_t{0x123456789abc}, uint64_t{0}}) {
    Context context{.place = 0x9000, .addend = -uint64_t{0x8004}, .target = target};
    const uint32_t entry[] = {0x8a10000f, 0x40000002, 0x01000000, 0xc25be000 | (0x9000 - 0x8004),
                              0x83c3c001, 0x9e100005};
    for (unsigned i = 0; i < 6; ++i) context.code[0x8000 + 4 * i] = entry[i];
    EXPECT_TRUE(Traits::StoreSlot(context));
    EXPECT_EQ(context.pointers, (std::map<uint64_t, uint64_t>{{0x9000, target - kBias - 0x8004}}));
    EXPECT_EQ(context.Target(), target);
  }
}

TEST(PltMachine, KnowsWhatIsNoEntry) {
  const auto runs = [](std::vector<uint32_t> words) {
    Context context;
    for (size_t i = 0; i < words.size(); ++i) context.code[kPlace + 4 * i] = words[i];
    return context.Target().has_value();
  };
  EXPECT_TRUE(runs({0x309fffff}));
  EXPECT_FALSE(runs({}));                                    // nothing there: illegal
  EXPECT_FALSE(runs({0x409fffff, 0x01000000}));              // a call that loses %o7
  EXPECT_FALSE(runs({0x109fffff, 0x01000000}));              // a branch with a delay slot
  EXPECT_FALSE(runs({0x90100001, 0x309fffff}));              // changes %o0
  EXPECT_FALSE(runs({0x01000000, 0x01000000, 0x01000000}));  // falls off into nothing
}

// The first instruction of a 4-byte place, before and after.
struct Field {
  using Addr = uint64_t;
  uint64_t bias = kBias, place = kPlace, addend = 0, info = 0, symbol = 0;
  uint32_t type = 0, word = 0xa5a5a5a5, overflow_bits = 0;
  bool defined = true;

  Addr Load(Addr, unsigned, bool&) { return word; }
  bool Store(Addr, unsigned, Addr value) {
    word = static_cast<uint32_t>(value);
    return true;
  }
  Addr Resolve(bool&) { return symbol; }
  Addr Size(bool&) { return 0; }
  bool Overflow(Addr, unsigned bits) {
    overflow_bits = bits;
    return false;
  }
};

TEST(SplitFields, LeaveTheRestOfTheWord) {
  Field high{.symbol = 0x12345678, .type = 9};  // HI22
  EXPECT_TRUE(Traits::ApplyCustom(high));
  EXPECT_EQ(high.word, 0xa5848d15u);
  Field near{.symbol = kEntry - 4, .type = 40};  // WDISP16: -1 in d2 and d14
  EXPECT_TRUE(Traits::ApplyCustom(near));
  EXPECT_EQ(near.word, 0xa5b5bfffu);
  Field nearest{.symbol = kEntry - 4, .type = 88};  // WDISP10: -1 in d2 and d8
  EXPECT_TRUE(Traits::ApplyCustom(nearest));
  EXPECT_EQ(nearest.word, 0xa5bdbfe5u);
  Field middle{.symbol = 0x1234567890, .type = 51};  // M44: bits 12 to 21
  EXPECT_TRUE(Traits::ApplyCustom(middle));
  EXPECT_EQ(middle.word, 0xa5a5a567u);
}

// O is what of r_info is neither symbol nor type, with its sign.
TEST(SplitFields, HaveASecondAddend) {
  Field plus{.info = 0x00000004'00001821, .symbol = 0x1234567890, .type = 33, .word = 0};
  EXPECT_TRUE(Traits::ApplyCustom(plus));
  EXPECT_EQ(plus.word, 0x090u + 0x18);
  Field minus{.info = 0x00000004'ffffd821, .symbol = 0x1234567890, .type = 33, .word = 0};
  EXPECT_TRUE(Traits::ApplyCustom(minus));
  EXPECT_EQ(minus.word, 0x090u - 0x28);
  Field much{.info = 0x00000004'000fff21, .symbol = 0x1234567890, .type = 33, .word = 0};
  EXPECT_FALSE(Traits::ApplyCustom(much));  // 0x90 + 0xfff needs a bit more
  EXPECT_EQ(much.overflow_bits, 13u);
  EXPECT_EQ(much.word, 0u);
}

TEST(SplitFields, OfBranchesToNobodyAreZero) {
  Field branch{.type = 8, .word = 0x10800000, .defined = false};
  EXPECT_TRUE(Traits::ApplyCustom(branch));
  EXPECT_EQ(branch.word, 0x10800000u);
}

}  // namespace
}  // namespace arch::sparc64
