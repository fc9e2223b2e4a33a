// SPDX-License-Identifier: BSD-2-Clause
//
// Fields hold the file's byte order in every width and order; layouts have the sizes and the r_info
// packing of the gABI.

#include <elf.h>
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

// The C library's header, which others wrote down from the same specifications.
TEST(Constants, AreThoseOfTheSystem) {
  struct Pair {
    uint64_t ours, theirs;
  };
  const Pair pairs[] = {
      {kClass32, ELFCLASS32},
      {kClass64, ELFCLASS64},
      {kData2Lsb, ELFDATA2LSB},
      {kData2Msb, ELFDATA2MSB},
      {kEvCurrent, EV_CURRENT},
      {kEtRel, ET_REL},
      {kEtExec, ET_EXEC},
      {kEtDyn, ET_DYN},
      {kEtCore, ET_CORE},
      {kPnXnum, PN_XNUM},
      {kPtNull, PT_NULL},
      {kPtLoad, PT_LOAD},
      {kPtDynamic, PT_DYNAMIC},
      {kPtInterp, PT_INTERP},
      {kPtNote, PT_NOTE},
      {kPtPhdr, PT_PHDR},
      {kPtTls, PT_TLS},
      {kPtGnuEhFrame, PT_GNU_EH_FRAME},
      {kPtGnuStack, PT_GNU_STACK},
      {kPtGnuRelro, PT_GNU_RELRO},
      {kPtGnuProperty, PT_GNU_PROPERTY},
      {kPfX, PF_X},
      {kPfW, PF_W},
      {kPfR, PF_R},
      {kDtNull, DT_NULL},
      {kDtNeeded, DT_NEEDED},
      {kDtPltRelSz, DT_PLTRELSZ},
      {kDtPltGot, DT_PLTGOT},
      {kDtHash, DT_HASH},
      {kDtStrTab, DT_STRTAB},
      {kDtSymTab, DT_SYMTAB},
      {kDtRela, DT_RELA},
      {kDtRelaSz, DT_RELASZ},
      {kDtRelaEnt, DT_RELAENT},
      {kDtStrSz, DT_STRSZ},
      {kDtSymEnt, DT_SYMENT},
      {kDtInit, DT_INIT},
      {kDtFini, DT_FINI},
      {kDtSoname, DT_SONAME},
      {kDtRpath, DT_RPATH},
      {kDtSymbolic, DT_SYMBOLIC},
      {kDtRel, DT_REL},
      {kDtRelSz, DT_RELSZ},
      {kDtRelEnt, DT_RELENT},
      {kDtPltRel, DT_PLTREL},
      {kDtDebug, DT_DEBUG},
      {kDtTextRel, DT_TEXTREL},
      {kDtJmpRel, DT_JMPREL},
      {kDtBindNow, DT_BIND_NOW},
      {kDtInitArray, DT_INIT_ARRAY},
      {kDtFiniArray, DT_FINI_ARRAY},
      {kDtInitArraySz, DT_INIT_ARRAYSZ},
      {kDtFiniArraySz, DT_FINI_ARRAYSZ},
      {kDtRunPath, DT_RUNPATH},
      {kDtFlags, DT_FLAGS},
      {kDtPreinitArray, DT_PREINIT_ARRAY},
      {kDtPreinitArraySz, DT_PREINIT_ARRAYSZ},
      {kDtSymTabShndx, DT_SYMTAB_SHNDX},
      {kDtRelrSz, DT_RELRSZ},
      {kDtRelr, DT_RELR},
      {kDtRelrEnt, DT_RELRENT},
      {kDtLoOs, DT_LOOS},
      {kDtGnuHash, DT_GNU_HASH},
      {kDtVerSym, DT_VERSYM},
      {kDtRelaCount, DT_RELACOUNT},
      {kDtRelCount, DT_RELCOUNT},
      {kDtFlags1, DT_FLAGS_1},
      {kDtVerDef, DT_VERDEF},
      {kDtVerDefNum, DT_VERDEFNUM},
      {kDtVerNeed, DT_VERNEED},
      {kDtVerNeedNum, DT_VERNEEDNUM},
      {kDtLoProc, DT_LOPROC},
      {kDtHiProc, DT_HIPROC},
      {kDfOrigin, DF_ORIGIN},
      {kDfSymbolic, DF_SYMBOLIC},
      {kDfTextRel, DF_TEXTREL},
      {kDfBindNow, DF_BIND_NOW},
      {kDfStaticTls, DF_STATIC_TLS},
      {kDf1Now, DF_1_NOW},
      {kDf1Global, DF_1_GLOBAL},
      {kDf1NoDelete, DF_1_NODELETE},
      {kDf1InitFirst, DF_1_INITFIRST},
      {kDf1NoOpen, DF_1_NOOPEN},
      {kDf1Interpose, DF_1_INTERPOSE},
      {kDf1NoDefLib, DF_1_NODEFLIB},
      {kDf1Pie, DF_1_PIE},
      {kStbLocal, STB_LOCAL},
      {kStbGlobal, STB_GLOBAL},
      {kStbWeak, STB_WEAK},
      {kStbGnuUnique, STB_GNU_UNIQUE},
      {kSttNoType, STT_NOTYPE},
      {kSttObject, STT_OBJECT},
      {kSttFunc, STT_FUNC},
      {kSttSection, STT_SECTION},
      {kSttFile, STT_FILE},
      {kSttCommon, STT_COMMON},
      {kSttTls, STT_TLS},
      {kSttGnuIfunc, STT_GNU_IFUNC},
      {kStvDefault, STV_DEFAULT},
      {kStvInternal, STV_INTERNAL},
      {kStvHidden, STV_HIDDEN},
      {kStvProtected, STV_PROTECTED},
      {kShnUndef, SHN_UNDEF},
      {kShnAbs, SHN_ABS},
      {kShnCommon, SHN_COMMON},
      {kVerNdxLocal, VER_NDX_LOCAL},
      {kVerNdxGlobal, VER_NDX_GLOBAL},
      {kVerFlgBase, VER_FLG_BASE},
      {kVerFlgWeak, VER_FLG_WEAK},
      {kVerDefCurrent, VER_DEF_CURRENT},
      {kVerNeedCurrent, VER_NEED_CURRENT},
      {kNtGnuBuildId, NT_GNU_BUILD_ID},
      {kEiClass, EI_CLASS},
      {kEiData, EI_DATA},
      {kEiVersion, EI_VERSION},
      {kEiOsAbi, EI_OSABI},
  };
  for (const Pair& pair : pairs) EXPECT_EQ(pair.ours, pair.theirs) << &pair - pairs;
  EXPECT_EQ(std::string(kMagic, std::end(kMagic)), ELFMAG);
}

TEST(Constants, SymbolInfoPacksBindAndType) {
  EXPECT_EQ(SymbolInfo(kStbWeak, kSttFunc), 0x22);
  EXPECT_EQ(BindOf(0x2a), kStbWeak);
  EXPECT_EQ(SymbolTypeOf(0x2a), kSttGnuIfunc);
  EXPECT_EQ(VisibilityOf(0xfe), kStvHidden);
}

}  // namespace
}  // namespace elf
