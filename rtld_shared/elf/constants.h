// SPDX-License-Identifier: BSD-2-Clause
//
// The numbers of the gABI and its GNU extensions that are the same on every CPU. Machine numbers
// and relocation types are not here: each lives in its architecture's traits. The names are
// kConstants because the headers of libelf define the usual spellings as macros.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace elf {

// e_ident.
inline constexpr size_t kEiClass = 4;
inline constexpr size_t kEiData = 5;
inline constexpr size_t kEiVersion = 6;
inline constexpr size_t kEiOsAbi = 7;
inline constexpr uint8_t kMagic[4] = {0x7f, 'E', 'L', 'F'};
inline constexpr uint8_t kClass32 = 1;
inline constexpr uint8_t kClass64 = 2;
inline constexpr uint8_t kData2Lsb = 1;
inline constexpr uint8_t kData2Msb = 2;
inline constexpr uint8_t kEvCurrent = 1;

// e_type.
inline constexpr uint16_t kEtRel = 1;
inline constexpr uint16_t kEtExec = 2;
inline constexpr uint16_t kEtDyn = 3;
inline constexpr uint16_t kEtCore = 4;

// e_phnum's escape: the true number is in section header 0, which we do not read.
inline constexpr uint16_t kPnXnum = 0xffff;

// p_type.
inline constexpr uint32_t kPtNull = 0;
inline constexpr uint32_t kPtLoad = 1;
inline constexpr uint32_t kPtDynamic = 2;
inline constexpr uint32_t kPtInterp = 3;
inline constexpr uint32_t kPtNote = 4;
inline constexpr uint32_t kPtPhdr = 6;
inline constexpr uint32_t kPtTls = 7;
inline constexpr uint32_t kPtGnuEhFrame = 0x6474e550;
inline constexpr uint32_t kPtGnuStack = 0x6474e551;
inline constexpr uint32_t kPtGnuRelro = 0x6474e552;
inline constexpr uint32_t kPtGnuProperty = 0x6474e553;

// p_flags. kPfInit is ours, from PF_MASKOS: the segment is needed only until the load handlers of
// a kernel module have run.
inline constexpr uint32_t kPfX = 1;
inline constexpr uint32_t kPfW = 2;
inline constexpr uint32_t kPfR = 4;
inline constexpr uint32_t kPfInit = 0x00100000;

// d_tag.
inline constexpr uint64_t kDtNull = 0;
inline constexpr uint64_t kDtNeeded = 1;
inline constexpr uint64_t kDtPltRelSz = 2;
inline constexpr uint64_t kDtPltGot = 3;
inline constexpr uint64_t kDtHash = 4;
inline constexpr uint64_t kDtStrTab = 5;
inline constexpr uint64_t kDtSymTab = 6;
inline constexpr uint64_t kDtRela = 7;
inline constexpr uint64_t kDtRelaSz = 8;
inline constexpr uint64_t kDtRelaEnt = 9;
inline constexpr uint64_t kDtStrSz = 10;
inline constexpr uint64_t kDtSymEnt = 11;
inline constexpr uint64_t kDtInit = 12;
inline constexpr uint64_t kDtFini = 13;
inline constexpr uint64_t kDtSoname = 14;
inline constexpr uint64_t kDtRpath = 15;
inline constexpr uint64_t kDtSymbolic = 16;
inline constexpr uint64_t kDtRel = 17;
inline constexpr uint64_t kDtRelSz = 18;
inline constexpr uint64_t kDtRelEnt = 19;
inline constexpr uint64_t kDtPltRel = 20;
inline constexpr uint64_t kDtDebug = 21;
inline constexpr uint64_t kDtTextRel = 22;
inline constexpr uint64_t kDtJmpRel = 23;
inline constexpr uint64_t kDtBindNow = 24;
inline constexpr uint64_t kDtInitArray = 25;
inline constexpr uint64_t kDtFiniArray = 26;
inline constexpr uint64_t kDtInitArraySz = 27;
inline constexpr uint64_t kDtFiniArraySz = 28;
inline constexpr uint64_t kDtRunPath = 29;
inline constexpr uint64_t kDtFlags = 30;
inline constexpr uint64_t kDtPreinitArray = 32;
inline constexpr uint64_t kDtPreinitArraySz = 33;
inline constexpr uint64_t kDtSymTabShndx = 34;
inline constexpr uint64_t kDtRelrSz = 35;
inline constexpr uint64_t kDtRelr = 36;
inline constexpr uint64_t kDtRelrEnt = 37;
inline constexpr uint64_t kDtLoOs = 0x6000000d;
// Android's packed relocations, by the numbers of its first versions and by those of the pool for
// operating systems.
inline constexpr uint64_t kDtAndroidRel = 0x6000000f;
inline constexpr uint64_t kDtAndroidRela = 0x60000011;
inline constexpr uint64_t kDtAndroidRelr = 0x6fffe000;
inline constexpr uint64_t kDtGnuHash = 0x6ffffef5;
inline constexpr uint64_t kDtVerSym = 0x6ffffff0;
inline constexpr uint64_t kDtRelaCount = 0x6ffffff9;
inline constexpr uint64_t kDtRelCount = 0x6ffffffa;
inline constexpr uint64_t kDtFlags1 = 0x6ffffffb;
inline constexpr uint64_t kDtVerDef = 0x6ffffffc;
inline constexpr uint64_t kDtVerDefNum = 0x6ffffffd;
inline constexpr uint64_t kDtVerNeed = 0x6ffffffe;
inline constexpr uint64_t kDtVerNeedNum = 0x6fffffff;
inline constexpr uint64_t kDtLoProc = 0x70000000;
inline constexpr uint64_t kDtHiProc = 0x7fffffff;

// DT_FLAGS.
inline constexpr uint64_t kDfOrigin = 1;
inline constexpr uint64_t kDfSymbolic = 2;
inline constexpr uint64_t kDfTextRel = 4;
inline constexpr uint64_t kDfBindNow = 8;
inline constexpr uint64_t kDfStaticTls = 16;

// DT_FLAGS_1.
inline constexpr uint64_t kDf1Now = 0x1;
inline constexpr uint64_t kDf1Global = 0x2;
inline constexpr uint64_t kDf1NoDelete = 0x8;
inline constexpr uint64_t kDf1InitFirst = 0x20;
inline constexpr uint64_t kDf1NoOpen = 0x40;
inline constexpr uint64_t kDf1Interpose = 0x400;
inline constexpr uint64_t kDf1NoDefLib = 0x800;
inline constexpr uint64_t kDf1Pie = 0x08000000;

// st_info, st_other, st_shndx.
inline constexpr uint8_t kStbLocal = 0;
inline constexpr uint8_t kStbGlobal = 1;
inline constexpr uint8_t kStbWeak = 2;
inline constexpr uint8_t kStbGnuUnique = 10;
inline constexpr uint8_t kSttNoType = 0;
inline constexpr uint8_t kSttObject = 1;
inline constexpr uint8_t kSttFunc = 2;
inline constexpr uint8_t kSttSection = 3;
inline constexpr uint8_t kSttFile = 4;
inline constexpr uint8_t kSttCommon = 5;
inline constexpr uint8_t kSttTls = 6;
inline constexpr uint8_t kSttGnuIfunc = 10;
inline constexpr uint8_t kStvDefault = 0;
inline constexpr uint8_t kStvInternal = 1;
inline constexpr uint8_t kStvHidden = 2;
inline constexpr uint8_t kStvProtected = 3;
inline constexpr uint16_t kShnUndef = 0;
inline constexpr uint16_t kShnAbs = 0xfff1;
inline constexpr uint16_t kShnCommon = 0xfff2;

[[nodiscard]] constexpr uint8_t BindOf(uint8_t info) { return info >> 4; }
[[nodiscard]] constexpr uint8_t SymbolTypeOf(uint8_t info) { return info & 0xf; }
[[nodiscard]] constexpr uint8_t VisibilityOf(uint8_t other) { return other & 3; }
[[nodiscard]] constexpr uint8_t SymbolInfo(uint8_t bind, uint8_t type) {
  return static_cast<uint8_t>(bind << 4 | (type & 0xf));
}

// Symbol versions (LSB core, "Symbol Versioning").
inline constexpr uint16_t kVerNdxLocal = 0;
inline constexpr uint16_t kVerNdxGlobal = 1;
inline constexpr uint16_t kVerNdxFirst = 2;  // of those that a file defines, after its own name
inline constexpr uint16_t kVersymHidden = 0x8000;
inline constexpr uint16_t kVersymIndex = 0x7fff;
inline constexpr uint16_t kVerFlgBase = 1;
inline constexpr uint16_t kVerFlgWeak = 2;
inline constexpr uint16_t kVerDefCurrent = 1;
inline constexpr uint16_t kVerNeedCurrent = 1;

// Notes.
inline constexpr std::string_view kNoteOwnerGnu = "GNU";
inline constexpr uint32_t kNtGnuBuildId = 3;
inline constexpr std::string_view kNoteOwnerDynlink = "Dynlink";
inline constexpr uint32_t kNtDynlinkModule = 1;

}  // namespace elf
