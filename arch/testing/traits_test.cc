// SPDX-License-Identifier: BSD-2-Clause
//
// Every CPU's rules against its psABI's table, `arch/<cpu>/relocations`: the same numbers, the same
// spellings, rules that mean the same calculation, and nothing accepted beside them.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "arch/all.h"
#include "rtld_shared/testing/libelf_oracle/calculations.h"

namespace arch {
namespace {

using oracle::Calculation;
using oracle::Calculations;
using oracle::Field;

template <class A>
class AllTraits : public testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    const std::string path = "arch/" + std::string(A::kName) + "/relocations";
    ASSERT_TRUE(oracle::ReadCalculations(path, psabi_, error)) << error;
  }

  Calculations psabi_;
};

struct Names {
  template <class A>
  static std::string GetName(int) {
    return std::string(A::kName);
  }
};

TYPED_TEST_SUITE(AllTraits, All<testing::Types>, Names);

// "S + A - P" and the like, from the terms; numbers appear as '#'.
std::string Spell(const Calculation& calculation) {
  std::string text;
  for (const oracle::Term& term : calculation.terms) {
    text += term.operation;
    text += term.variable != 0 ? term.variable : '#';
  }
  return text;
}

// The numbers of a sum.
int64_t Constant(const Calculation& calculation) {
  return static_cast<int64_t>(oracle::Evaluate(calculation, {}));
}

std::string Expected(const Rule& rule, Calculation::Slot slot, int64_t dtv_bias,
                     int64_t thread_pointer_bias) {
  const std::string a = rule.addend == Addend::kUsed ? "+A" : "";
  switch (rule.op) {
    case Op::kRelative:
    case Op::kIrelative:
    case Op::kIrelativeSlot:
      return "+B" + a;
    case Op::kJumpSlot:
      // Code goes to S; with an addend the slot is no code (calculations.h).
      if (slot == Calculation::Slot::kJump) return "+S";
      [[fallthrough]];
    case Op::kSymbol:
    case Op::kSymbolOrNone:
    case Op::kTlsDesc:
      return "+S" + a;
    case Op::kSymbolOrBase:
      return "+R" + a;
    case Op::kPcRelative:
      return "+S" + a + "-P";
    case Op::kSize:
      return "+Z" + a;
    case Op::kTlsModule:
      return "+M";
    case Op::kTlsOffset:
      return "+S" + a + (dtv_bias != 0 ? "-#" : "");
    case Op::kTpOffset:
      return "+S" + a + "+T" + (thread_pointer_bias != 0 ? "-#" : "");
    case Op::kTpDistance:
      return a + "-S-T" + (thread_pointer_bias != 0 ? "+#" : "");
    default:
      return "";
  }
}

Calculation::Kind KindOf(Op op) {
  switch (op) {
    case Op::kRefused:
      return Calculation::Kind::kStatic;
    case Op::kNone:
      return Calculation::Kind::kNone;
    case Op::kCopy:
      return Calculation::Kind::kCopy;
    case Op::kIrelative:
    case Op::kIrelativeSlot:
      return Calculation::Kind::kCall;
    case Op::kTlsDesc:
      return Calculation::Kind::kDescriptor;
    default:
      return Calculation::Kind::kSum;
  }
}

Field::Check CheckOf(Check check) {
  switch (check) {
    case Check::kSigned:
      return Field::Check::kSigned;
    case Check::kUnsigned:
      return Field::Check::kUnsigned;
    case Check::kEither:
      return Field::Check::kEither;
    default:
      return Field::Check::kWraps;
  }
}

TYPED_TEST(AllTraits, EveryNumberOfThePsabiAndNoOtherHasARule) {
  for (uint32_t type = 0; type < 0x10000; ++type) {
    const bool known = this->psabi_.Find(type) != nullptr;
    EXPECT_EQ(TypeParam::RuleFor(type).op != Op::kUnknown, known) << type;
  }
  for (uint32_t bit = 16; bit < 32; ++bit) {
    const uint32_t type = uint32_t{1} << bit;
    EXPECT_EQ(TypeParam::RuleFor(type).op, Op::kUnknown) << type;
    EXPECT_EQ(TypeParam::RuleFor(type | 8).op, Op::kUnknown) << type;
    EXPECT_EQ(TypeParam::RelocationName(type), "") << type;
  }
}

TYPED_TEST(AllTraits, NamesAreThePsabisAndUnique) {
  std::set<std::string> names;
  for (uint32_t type = 0; type < 0x10000; ++type) {
    const Calculation* calculation = this->psabi_.Find(type);
    EXPECT_EQ(TypeParam::RelocationName(type), calculation ? calculation->name : "") << type;
    if (calculation) {
      EXPECT_TRUE(names.insert(calculation->name).second) << calculation->name;
    }
  }
}

TYPED_TEST(AllTraits, RulesMeanWhatThePsabiWrites) {
  constexpr unsigned kWord = sizeof(typename TypeParam::Layout::Addr);
  for (const auto& [type, calculation] : this->psabi_.types) {
    SCOPED_TRACE(calculation.name);
    const Rule rule = TypeParam::RuleFor(type);
    // What a sequence does its first calculation does, if the others, without a symbol, only take it.
    const bool sequence = calculation.kind == Calculation::Kind::kSequence;
    const Calculation& first = sequence ? calculation.steps[0] : calculation;
    for (size_t i = 1; i < calculation.steps.size(); ++i) {
      EXPECT_EQ(Spell(calculation.steps[i]), "+S+A");
    }
    EXPECT_EQ(KindOf(rule.op), first.kind);
    // What is stored is the CPU's own business in a slot that is no address, and in a part of a word:
    // words_test.cc compares it.
    const bool slot = rule.op == Op::kJumpSlot || rule.op == Op::kIrelativeSlot;
    const bool custom = rule.op == Op::kCustom;
    EXPECT_EQ(calculation.slot != Calculation::Slot::kNone, HasSlots<TypeParam> && slot);
    EXPECT_EQ(!calculation.field.parts.empty(), custom);
    if (custom) continue;
    EXPECT_EQ(Expected(rule, calculation.slot, TypeParam::Tls::kDtvBias,
                       TypeParam::Tls::kThreadPointerBias),
              Spell(first));
    if (calculation.field.bytes == 0 || calculation.slot != Calculation::Slot::kNone) continue;
    EXPECT_EQ(rule.width != 0 ? rule.width : kWord, calculation.field.bytes);
    EXPECT_EQ(CheckOf(rule.check), calculation.field.check);
  }
}

TYPED_TEST(AllTraits, NarrowPlacesAreChecked) {
  constexpr unsigned kWord = sizeof(typename TypeParam::Layout::Addr);
  for (const auto& [type, calculation] : this->psabi_.types) {
    const Rule rule = TypeParam::RuleFor(type);
    // Custom ones are truncated where the psABI says so.
    if (rule.op != Op::kCustom && rule.width != 0 && rule.width < kWord) {
      EXPECT_NE(rule.check, Check::kNone) << calculation.name;
    }
  }
}

TYPED_TEST(AllTraits, TlsNumbersAreThePsabis) {
  EXPECT_EQ(TypeParam::kMachine, this->psabi_.machine);
  EXPECT_EQ(TypeParam::Tls::kVariant, this->psabi_.tls_variant);
  EXPECT_EQ(TypeParam::Tls::kTcbSize, this->psabi_.tcb_size);
  EXPECT_EQ(sizeof(typename TypeParam::Layout::HashWord), this->psabi_.format.hash_word);
  EXPECT_EQ(TypeParam::Layout::kTranslatedHash, HasTranslatedHash<TypeParam>);
  EXPECT_EQ(kHasArgumentFirst<TypeParam>, this->psabi_.argument_first);
  EXPECT_EQ(kHasWeakAtPlace<TypeParam>, this->psabi_.weak_at_place);
  uint64_t descriptor = 0;
  if constexpr (HasDescriptors<TypeParam>) descriptor = TypeParam::kDescriptorSize;
  EXPECT_EQ(descriptor, this->psabi_.descriptor);
  if (TypeParam::Layout::k64 && !this->psabi_.format.composed) {
    EXPECT_EQ(TypeParam::Layout::TypeOf(0xffffffff), this->psabi_.TypeOf(0xffffffff));
  }
  for (const auto& [type, calculation] : this->psabi_.types) {
    const Op op = TypeParam::RuleFor(type).op;
    if (op == Op::kTlsOffset) {
      EXPECT_EQ(Constant(calculation), -TypeParam::Tls::kDtvBias) << calculation.name;
    } else if (op == Op::kTpOffset) {
      EXPECT_EQ(Constant(calculation), TypeParam::Tls::kThreadPointerBias) << calculation.name;
    } else if (op != Op::kCustom) {
      EXPECT_EQ(Constant(calculation), 0) << calculation.name;
    }
  }
}

TYPED_TEST(AllTraits, PagesArePowersOfTwo) {
  constexpr uint64_t kPage = TypeParam::kPageSize, kMax = TypeParam::kMaxPageSize;
  EXPECT_EQ(kPage & (kPage - 1), 0u);
  EXPECT_EQ(kMax & (kMax - 1), 0u);
  EXPECT_GE(kPage, 0x1000u);
  EXPECT_GE(kMax, kPage);
}

}  // namespace
}  // namespace arch
