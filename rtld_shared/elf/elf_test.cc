// SPDX-License-Identifier: BSD-2-Clause
//
// Fields hold the file's byte order in every width and order; layouts have the sizes and the r_info
// packing of the gABI.

#include <gtest/gtest.h>

#include <cstring>

#include "rtld_shared/elf/constants.h"
#include "rtld_shared/elf/layout.h"

namespace elf {
namespace {

template <class F>
std::string BytesOf(F field) {
  std::string bytes(sizeof(F), '\0');
  std::memcpy(bytes.data(), &field, sizeof(F));
  return bytes;
}

TEST(Field, HoldsLittleEndianBytes) {
  using std::endian;
  EXPECT_EQ(BytesOf(Field<uint8_t, endian::little>(0x12)), "\x12");
  EXPECT_EQ(BytesOf(Field<uint16_t, endian::little>(0x1234)), "\x34\x12");
  EXPECT_EQ(BytesOf(Field<uint32_t, endian::little>(0x12345678)), "\x78\x56\x34\x12");
  EXPECT_EQ(BytesOf(Field<uint64_t, endian::little>(0x123456789abcdef1)),
            "\xf1\xde\xbc\x9a\x78\x56\x34\x12");
}

TEST(Field, HoldsBigEndianBytes) {
  using std::endian;
  EXPECT_EQ(BytesOf(Field<uint8_t, endian::big>(0x12)), "\x12");
  EXPECT_EQ(BytesOf(Field<uint16_t, endian::big>(0x1234)), "\x12\x34");
  EXPECT_EQ(BytesOf(Field<uint32_t, endian::big>(0x12345678)), "\x12\x34\x56\x78");
  EXPECT_EQ(BytesOf(Field<uint64_t, endian::big>(0x123456789abcdef1)),
            "\x12\x34\x56\x78\x9a\xbc\xde\xf1");
}

TEST(Field, GivesBackWhatWasStored) {
  Field<uint64_t, std::endian::big> big = 0x0102030405060708;
  Field<uint64_t, std::endian::little> little = 0x0102030405060708;
  EXPECT_EQ(big.get(), 0x0102030405060708u);
  EXPECT_EQ(little.get(), 0x0102030405060708u);
  EXPECT_EQ(static_cast<uint64_t>(big), static_cast<uint64_t>(little));
}

template <class L>
class LayoutTest : public testing::Test {};
using Layouts = testing::Types<Layout32Le, Layout32Be, Layout64Le, Layout64Be>;
TYPED_TEST_SUITE(LayoutTest, Layouts);

TYPED_TEST(LayoutTest, SizesAreTheSpecifications) {
  using L = TypeParam;
  EXPECT_EQ(sizeof(typename L::Dyn), L::k64 ? 16u : 8u);
  EXPECT_EQ(sizeof(typename L::Rel), L::k64 ? 16u : 8u);
  EXPECT_EQ(sizeof(typename L::Relr), L::k64 ? 8u : 4u);
  EXPECT_EQ(sizeof(typename L::Verdef), 20u);
  EXPECT_EQ(sizeof(typename L::Verneed), 16u);
  EXPECT_EQ(sizeof(typename L::Vernaux), 16u);
  EXPECT_EQ(sizeof(typename L::Verdaux), 8u);
  EXPECT_EQ(sizeof(typename L::Nhdr), 12u);
}

TYPED_TEST(LayoutTest, RelocationInfoPacksAndUnpacks) {
  using L = TypeParam;
  const auto info = L::InfoOf(0x123456, 0x9a);
  EXPECT_EQ(info, L::k64 ? static_cast<typename L::Addr>(0x1234560000009aull) : 0x1234569au);
  EXPECT_EQ(L::SymbolOf(info), 0x123456u);
  EXPECT_EQ(L::TypeOf(info), 0x9au);
}

TYPED_TEST(LayoutTest, SymbolFieldsStandWhereTheClassPutsThem) {
  using Sym = typename TypeParam::Sym;
  EXPECT_EQ(offsetof(Sym, value), TypeParam::k64 ? 8u : 4u);
  EXPECT_EQ(offsetof(Sym, shndx), TypeParam::k64 ? 6u : 14u);
  EXPECT_EQ(offsetof(typename TypeParam::Phdr, flags), TypeParam::k64 ? 4u : 24u);
}

// A CPU that aligns words to two bytes.
TEST(Layouts, FieldsCanBeAlignedLess) {
  using L = Layout<uint32_t, std::endian::big, 2>;
  EXPECT_EQ(alignof(L::Word), 2u);
  EXPECT_EQ(alignof(L::Rela), 2u);
  EXPECT_EQ(sizeof(L::Rela), sizeof(Layout32Be::Rela));
  EXPECT_EQ(sizeof(L::Shdr), sizeof(Layout32Be::Shdr));
  alignas(4) const uint8_t bytes[] = {0, 0, 1, 2, 3, 4};
  EXPECT_EQ(reinterpret_cast<const L::Word*>(bytes + 2)->get(), 0x01020304u);
  static_assert(L::Word(5).get() == 5);
}

TEST(Constants, SymbolInfoPacksBindAndType) {
  EXPECT_EQ(SymbolInfo(kStbWeak, kSttFunc), 0x22);
  EXPECT_EQ(BindOf(0x2a), kStbWeak);
  EXPECT_EQ(SymbolTypeOf(0x2a), kSttGnuIfunc);
  EXPECT_EQ(VisibilityOf(0xfe), kStvHidden);
}

}  // namespace
}  // namespace elf
