// SPDX-License-Identifier: BSD-2-Clause
//
// PLT entries are code in a segment that is writable and executable.

#include <gtest/gtest.h>

#include <vector>

#include "arch/testing/images.h"
#include "rtld_shared/elf/constants.h"

namespace arch::testing {
namespace {

class CodePlt : public Images {
 protected:
  // The relocation of user.so's slot for provider_function.
  [[nodiscard]] size_t Slot(const oracle::Image& user) const {
    return FindRelocation(user, Op::kJumpSlot, "provider_function");
  }
  // Links user.so with these contents of the two and compares.
  void Compare(const Bytes& user, const Bytes& provider) const {
    const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
    comparison->AddRoot("user.so", user);
    comparison->AddFile("provider.so", "provider.so", provider);
    ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
    size_t words = 0;
    EXPECT_EQ(comparison->Differences(words), "");
    EXPECT_GT(words, 20u);
  }
};

INSTANTIATE_TEST_SUITE_P(Cpu, CodePlt, ::testing::Values(&MachineNamed("sparc64")), CpuName);

TEST_P(CodePlt, IsRefusedWhereCodeIsNeverWritable) {
  const Machine::Comparison comparison = NewModules(rtld::kKernelPolicy);
  Load(*comparison, "user.so");
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
  EXPECT_EQ(comparison->diagnostics().errors()[0].flat.error, rtld::Error::kWritableCode);
  EXPECT_EQ(comparison->diagnostics().errors()[0].flat.image, Path("user.so"));
}

// provider_function 8 MiB, 2 GiB and any distance away: its value is not looked at, only its entry
// in the symbol table.
TEST_P(CodePlt, EntriesReachEveryDistance) {
  const oracle::Image provider = Read("provider.so");
  const int function = oracle::FindDefinition(provider, "provider_function", "", true);
  ASSERT_GT(function, 0);
  constexpr uint64_t kSymbolTable = 6;
  const uint64_t value = provider.FileOffset(provider.tags.at(kSymbolTable)).value() +
                         static_cast<unsigned>(function) * 24 + 8;
  for (const uint64_t at :
       {uint64_t{0x400}, uint64_t{0x7f0000}, uint64_t{0x900000}, uint64_t{0x70000000},
        uint64_t{0x90000000}, uint64_t{0x123456789abc}, ~uint64_t{0x3fffffff}}) {
    SCOPED_TRACE(at);
    Bytes contents = Contents("provider.so");
    Patch(contents, value, 8, at);
    Compare(Contents("user.so"), contents);
  }
}

// One slot becomes that of a far entry, whose code is written over the other slots.
TEST_P(CodePlt, FarEntriesJumpThroughAPointer) {
  const oracle::Image user = Read("user.so");
  const size_t slot = Slot(user);
  const uint64_t entry = user.relocations[slot].place;
  const uint64_t pointer = user.relocations[FindRelocation(user, Op::kSymbol)].place;
  Bytes contents = Contents("user.so");
  const auto code = {uint64_t{0x8a10000f}, uint64_t{0x40000002},
                     uint64_t{0x01000000}, 0xc25be000 | ((pointer - entry - 4) & 0x1fff),
                     uint64_t{0x83c3c001}, uint64_t{0x9e100005}};
  uint64_t at = user.FileOffset(entry).value();
  for (const uint64_t word : code) {
    Patch(contents, at, 4, word);
    at += 4;
  }
  // The pointer's own relocation is turned off.
  Patch(contents, EntryOffset(user, FindRelocation(user, Op::kSymbol)) + 8, 8, 0);
  Patch(contents, EntryOffset(user, slot), 8, pointer);
  Patch(contents, EntryOffset(user, slot) + 16, 8, -(entry + 4));
  Compare(contents, Contents("provider.so"));
}

// A part of an instruction cannot wait for a resolver, and is not compared with its field's range
// when that was told: branches to address 0 would not reach.
TEST_P(CodePlt, PartsOfInstructionsThatReferToIfuncsAreToldOnce) {
  const oracle::Image split = Read("split.so");
  constexpr uint64_t kSymbolTable = 6;
  const auto near = static_cast<unsigned>(oracle::FindDefinition(split, "split_near", "", true));
  Bytes contents = Contents("split.so");
  Patch(contents, split.FileOffset(split.tags.at(kSymbolTable)).value() + near * 24 + 4, 1,
        elf::SymbolInfo(elf::kStbGlobal, elf::kSttGnuIfunc));
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "split.so", contents);
  EXPECT_FALSE(comparison->Link());
  std::vector<uint64_t> places, wanted;
  for (const oracle::Relocation& relocation : split.relocations) {
    if (relocation.symbol == near) wanted.push_back(relocation.place);
  }
  for (const auto& report : comparison->diagnostics().errors()) {
    EXPECT_EQ(report.flat.error, rtld::Error::kUnsupported) << report.text;
    places.push_back(report.flat.place);
  }
  // PC22, PC10, WDISP19, WDISP22, WDISP16.
  EXPECT_EQ(wanted.size(), 5u);
  EXPECT_EQ(places, wanted);
}

}  // namespace
}  // namespace arch::testing
