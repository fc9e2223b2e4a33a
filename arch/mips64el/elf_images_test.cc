// SPDX-License-Identifier: BSD-2-Clause
//
// What only this CPU's images have: lazy binding stubs, canonical PLT entries that are marked, the
// GOT, the translated hash table.

#include <gtest/gtest.h>

#include <cstddef>
#include <iterator>
#include <string>

#include "arch/mips64el/elf_traits.h"
#include "arch/testing/images.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/link/self.h"

namespace arch::testing {
namespace {

constexpr uint64_t kLocalGotNumber = 0x7000000a, kSymbolNumber = 0x70000011;
constexpr uint64_t kGotSymbol = 0x70000013, kXhash = 0x70000036, kPltGot = 3;

class Got : public Images {
 protected:
  // Index of the symbol in the image's table; fails the test if there is none.
  static size_t IndexOf(const oracle::Image& image, const std::string& name) {
    const auto found = image.by_name.find(name);
    if (found != image.by_name.end()) return found->second[0];
    ADD_FAILURE() << image.path << " has no " << name;
    return 0;
  }
  // Where the symbol's word of the GOT is.
  static uint64_t WordOf(const oracle::Image& image, const std::string& name) {
    return image.tags.at(kPltGot) +
           8 * (image.tags.at(kLocalGotNumber) + IndexOf(image, name) - image.tags.at(kGotSymbol));
  }
  // File offset of a dynamic entry's value.
  static uint64_t ValueOffset(const oracle::Image& image, const Bytes& file, uint64_t tag) {
    for (const oracle::Segment& segment : image.segments) {
      for (uint64_t at = segment.offset; segment.type == 2 && at < segment.offset + segment.filesz;
           at += 16) {
        uint64_t found = 0;
        for (unsigned i = 0; i < 8; ++i) found |= uint64_t{file[at + i]} << (8 * i);
        if (found == tag) return at + 8;
      }
    }
    ADD_FAILURE() << image.path << " has no tag " << tag;
    return 0;
  }
  // stubs.so with another value of a tag is refused with one report.
  void ExpectBadTable(uint64_t tag, uint64_t value, const std::string& detail) const {
    ExpectBadTable(tag, value, detail, Contents("stubs.so"));
  }
  void ExpectBadTable(uint64_t tag, uint64_t value, const std::string& detail, Bytes file) const {
    SCOPED_TRACE(value);
    Patch(file, ValueOffset(Read("stubs.so"), file, tag), 8, value);
    const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
    Load(*comparison, "stubs.so", file);
    EXPECT_FALSE(comparison->Link());
    ASSERT_EQ(comparison->diagnostics().errors().size(), 1u) << comparison->diagnostics().text();
    const rtld::Report& report = comparison->diagnostics().errors()[0].flat;
    EXPECT_EQ(report.error, rtld::Error::kBadTable);
    EXPECT_EQ(report.detail, detail);
    EXPECT_EQ(report.image, Path("stubs.so"));
  }
};

INSTANTIATE_TEST_SUITE_P(Cpu, Got, ::testing::Values(&MachineNamed("mips64el")), CpuName);

// stubs.so -> provider.so. The stub's value is found by name in stubs.so, which is searched first.
TEST_P(Got, StubsAreNoDefinitions) {
  const oracle::Image stubs = Read("stubs.so"), provider = Read("provider.so");
  for (const std::string name : {"provider_function", "provider_weak"}) {
    const oracle::Symbol& stub = stubs.symbols[IndexOf(stubs, name)];
    ASSERT_EQ(stub.section, 0u);
    ASSERT_NE(stub.value, 0u) << "no stub: the image does not test what it should";
    const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
    Load(*comparison, "stubs.so");
    ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
    const uint64_t value = provider.symbols[IndexOf(provider, name)].value;
    EXPECT_EQ(comparison->WordAt(0, WordOf(stubs, name)), comparison->Images()[1].bias + value);
  }
}

// program -> follower.so -> provider.so: follower.so has the program's address of the function.
TEST_P(Got, MarkedPltEntriesAreCanonical) {
  const oracle::Image program = Read("program"), follower = Read("follower.so");
  const oracle::Symbol& entry = program.symbols[IndexOf(program, "provider_function")];
  EXPECT_EQ(entry.section, 0u);
  EXPECT_EQ(entry.other, 8u);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "program");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  ASSERT_EQ(comparison->Images()[1].name, "follower.so");
  EXPECT_EQ(comparison->WordAt(1, WordOf(follower, "provider_function")), entry.value);
}

// The first two words are the dynamic linker's; the local ones are addresses of the image.
TEST_P(Got, LocalWordsGetTheBias) {
  const oracle::Image stubs = Read("stubs.so");
  const uint64_t got = stubs.tags.at(kPltGot), locals = stubs.tags.at(kLocalGotNumber);
  ASSERT_GE(locals, 3u);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "stubs.so");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  for (uint64_t i = 0; i < locals; ++i) {
    EXPECT_EQ(comparison->WordAt(0, got + 8 * i),
              stubs.Word(got + 8 * i, 8).value() + (i < 2 ? 0 : kBias))
        << i;
  }
}

TEST_P(Got, CountsThatLeaveTheImageAreRefused) {
  const uint64_t symbols = Read("stubs.so").tags.at(kSymbolNumber);
  ExpectBadTable(kLocalGotNumber, ~uint64_t{0}, "DT_MIPS_LOCAL_GOTNO");
  ExpectBadTable(kLocalGotNumber, 0x1000000, "DT_PLTGOT");
  ExpectBadTable(kGotSymbol, symbols + 1, "DT_MIPS_SYMTABNO");
  ExpectBadTable(kSymbolNumber, 0, "DT_MIPS_SYMTABNO");
  ExpectBadTable(kSymbolNumber, 0x100000000, "DT_MIPS_SYMTABNO");
  ExpectBadTable(kPltGot, 0, "DT_PLTGOT");
}

// Memory behind the file's bytes costs the file nothing.
TEST_P(Got, LocalWordsStandInTheFile) {
  const oracle::Image stubs = Read("stubs.so");
  const uint64_t got = stubs.tags.at(kPltGot);
  Bytes file = Contents("stubs.so");
  uint64_t words = 0;  // from the GOT to the end of the file's bytes
  for (size_t i = 0; i < stubs.segments.size(); ++i) {
    const oracle::Segment& segment = stubs.segments[i];
    if (segment.type != elf::kPtLoad || got - segment.vaddr >= segment.filesz) continue;
    words = (segment.vaddr + segment.filesz - got) / 8;
    constexpr size_t kHeader = 64, kEntry = 56, kMemSize = 40;
    Patch(file, kHeader + i * kEntry + kMemSize, 8, 0x100000);
  }
  ASSERT_NE(words, 0u);
  ExpectBadTable(kLocalGotNumber, words + 1, "DT_PLTGOT", file);
  ExpectBadTable(kLocalGotNumber, 0x10000, "DT_PLTGOT", file);
  // As many as there are do.
  Patch(file, ValueOffset(stubs, file, kLocalGotNumber), 8, words);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "stubs.so", file);
  EXPECT_TRUE(comparison->Link()) << comparison->diagnostics().text();
}

// A word of the GOT has no relocation that could wait for a resolver: the first one ends the run.
// stubs.so -> provider.so, both of whose functions that stubs.so wants are IFUNCs.
TEST_P(Got, WordsOfIfuncsAreToldOnce) {
  const oracle::Image stubs = Read("stubs.so"), provider = Read("provider.so");
  constexpr uint64_t kSymbolTable = 6, kSymbol = 24, kInfo = 4;
  Bytes file = Contents("provider.so");
  for (const std::string name : {"provider_function", "provider_weak"}) {
    const uint64_t table = provider.FileOffset(provider.tags.at(kSymbolTable)).value();
    Patch(file, table + IndexOf(provider, name) * kSymbol + kInfo, 1,
          elf::SymbolInfo(elf::kStbGlobal, elf::kSttGnuIfunc));
  }
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  comparison->AddRoot("stubs.so", Contents("stubs.so"));
  comparison->AddFile("provider.so", "provider.so", file);
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u) << comparison->diagnostics().text();
  const rtld::Report& report = comparison->diagnostics().errors()[0].flat;
  EXPECT_EQ(report.error, rtld::Error::kUnsupported);
  EXPECT_EQ(report.place, WordOf(stubs, "provider_function"));
}

TEST_P(Got, TranslationsThatLeaveTheSegmentAreRefused) {
  const oracle::Image image = Read("hash_gnu.so");
  Bytes file = Contents("hash_gnu.so");
  Patch(file, ValueOffset(image, file, kSymbolNumber), 8, 0x10000);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "hash_gnu.so", file);
  EXPECT_FALSE(comparison->Link());
  ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
  const rtld::Report& report = comparison->diagnostics().errors()[0].flat;
  EXPECT_EQ(report.error, rtld::Error::kBadTable);
  EXPECT_EQ(report.detail, "DT_MIPS_XHASH");
  EXPECT_EQ(report.place, image.tags.at(kXhash));
}

// The linker's word has the highest bit; without it the word is a local one.
constexpr uint64_t kLinkersOwn = uint64_t{1} << 63;

// GOT:  0 resolver's | 1 linker's, or local | 2 local, or symbol 3 | 3 symbol 4
//       4 symbol 5, weak and nowhere
// REL:  empty, REL32/64 of the last word
template <class Traits>
void RelocateOwnImage(uint64_t local_words, uint64_t second) {
  using Layout = typename Traits::Layout;
  struct Image {
    typename Layout::AddrField got[5], word;
    typename Layout::Rel rel[2];
    typename Layout::Dyn dynamic[8];
  } image = {};
  const auto bias = reinterpret_cast<uintptr_t>(&image);
  const uint64_t words[] = {0, second, 0x10, 0x20, 0};
  for (size_t i = 0; i < 5; ++i) image.got[i] = words[i];
  image.word = 0x30;
  image.rel[1].offset = offsetof(Image, word);
  image.rel[1].info = Layout::InfoOf(0, mips64el::kRel32Then64);
  const uint64_t dynamic[][2] = {{elf::kDtPltGot, offsetof(Image, got)},
                                 {kLocalGotNumber, local_words},
                                 {kSymbolNumber, 6},
                                 {kGotSymbol, local_words + 1},
                                 {elf::kDtRel, offsetof(Image, rel)},
                                 {elf::kDtRelSz, sizeof(image.rel)}};
  for (size_t i = 0; i < std::size(dynamic); ++i) {
    image.dynamic[i].tag = dynamic[i][0];
    image.dynamic[i].val = dynamic[i][1];
  }
  rtld::RelocateSelf<Traits>(bias, image.dynamic);
  EXPECT_EQ(image.got[0], 0u);
  EXPECT_EQ(image.got[1], second == kLinkersOwn ? second : bias + second);
  EXPECT_EQ(image.got[2], bias + 0x10);
  EXPECT_EQ(image.got[3], bias + 0x20);
  EXPECT_EQ(image.got[4], 0u);
  EXPECT_EQ(image.word, bias + 0x30);
}

TEST(OwnGot, AnImageRelocatesItself) {
  if (sizeof(uintptr_t) < 8) GTEST_SKIP() << "no address of this host is one of such an image";
  [](auto traits) {
    if constexpr (sizeof(uintptr_t) >= 8) {
      for (const uint64_t local_words : {3, 2}) {
        for (const uint64_t second : {kLinkersOwn, kLinkersOwn / 2}) {
          RelocateOwnImage<decltype(traits)>(local_words, second);
        }
      }
    }
  }(mips64el::Traits());
}

}  // namespace
}  // namespace arch::testing
