// SPDX-License-Identifier: BSD-2-Clause
//
// Real images of every CPU, relocated in host buffers: every byte is what the libelf oracle says,
// whatever the bias; and each rule, tried with values at the edges of its field.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

class Words : public Images {
 protected:
  enum class As { kModule, kLibrary };

  // Links the image at the bias and compares; returns the number of words compared.
  size_t Compare(const std::string& name, As as, uint64_t bias) {
    SCOPED_TRACE(name);
    const Machine::Comparison comparison = as == As::kModule
                                               ? NewModules(kModulePolicy, bias)
                                               : NewPrograms(rtld::kProgramPolicy, bias);
    Load(*comparison, name);
    const size_t words = Compare(*comparison);
    oracle::Expectation own;
    std::string error;
    EXPECT_TRUE(comparison->Expect(0, own, error)) << error;
    words_of_[name] = own.words.size();
    lookups_ += comparison->scope_checks().ahead;
    return words;
  }
  static size_t Compare(Comparison& comparison) {
    size_t words = 0;
    const bool linked = comparison.Link();
    EXPECT_TRUE(linked) << comparison.diagnostics().text();
    if (linked) {
      EXPECT_EQ(comparison.Differences(words), "");
    }
    return words;
  }

  [[nodiscard]] std::vector<uint64_t> Biases() const {
    std::vector<uint64_t> biases = {kBias, 0x76543000};
    if (wide()) biases.push_back(0x7fff12345000);
    return biases;
  }

  // For the summary of a test run (tools/test_report.h): each image and each word once, whatever
  // the number of biases and of images that need it.
  void Record() const {
    size_t words = 0;
    for (const auto& [name, own] : words_of_) words += own;
    const std::string judge = "compared.libelf." + cpu().name + ".";
    RecordProperty(judge + "images", static_cast<int>(words_of_.size()));
    RecordProperty(judge + "words", static_cast<int>(words));
  }

  // What neither scope can link: the subject of other tests.
  static bool IsBroken(const std::string& name) {
    return name == "broken.so" || name == "bss_plt.so" || name == "versions_old.so";
  }
  static bool IsThreadLocal(const std::string& name) { return name.starts_with("tls"); }

  size_t lookups_ = 0;                      // of programs, by an index and by a walk
  std::map<std::string, size_t> words_of_;  // of the images that were compared
};

INSTANTIATE_FOR_ALL_CPUS(Words);

TEST_P(Words, OfModulesAreTheOracles) {
  size_t images = 0, words = 0;
  for (const std::string& name : Names()) {
    if (IsBroken(name) || IsThreadLocal(name)) continue;
    for (const uint64_t bias : Biases()) words += Compare(name, As::kModule, bias);
    ++images;
  }
  EXPECT_GE(images, 8u);
  EXPECT_GE(words, 50 * Biases().size());
}

TEST_P(Words, OfLibrariesAreTheOracles) {
  size_t images = 0, words = 0;
  for (const std::string& name : Names()) {
    if (IsBroken(name)) continue;
    for (const uint64_t bias : Biases()) words += Compare(name, As::kLibrary, bias);
    ++images;
  }
  EXPECT_GE(images, 10u);
  EXPECT_GE(words, 60 * Biases().size());
  EXPECT_GE(lookups_, 30 * Biases().size());
  Record();
}

// So that none is lost unseen.
TEST_P(Words, AreThoseOfTheImagesThatTheFolderNames) {
  std::ifstream readme(Path("README.md"));
  std::set<std::string> named, there = {"program"};
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("* `")) named.insert(line.substr(3, line.find('`', 3) - 3));
  }
  for (const std::string& name : Names()) there.insert(name);
  EXPECT_EQ(there, named);
  EXPECT_TRUE(Has("program"));
  EXPECT_EQ(Has("ifunc.so"), HasIfunc());
  EXPECT_NE(Has("user_lld.so"), Has("no_lld"));
  EXPECT_NE(Has("relr.so"), Has("no_relr"));
}

// Where provider.so's hash table has a filter that lets nothing through: a walk asks it, an index
// is built from the chains.
TEST_P(Words, AnIndexAndAWalkThatDifferAreFound) {
  const oracle::Image provider = Read("provider.so");
  const auto tag = provider.tags.find(0x6ffffef5);  // DT_GNU_HASH
  if (tag == provider.tags.end()) GTEST_SKIP() << "the CPU's images have a hash table of their own";
  Bytes contents = Contents("provider.so");
  const uint64_t table = provider.FileOffset(tag->second).value();
  Patch(contents, table + 16, cpu().word, 0);  // behind four words: buckets, first, filter, shift
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  comparison->AddRoot("user.so", Contents("user.so"));
  comparison->AddFile("provider.so", "provider.so", contents);
  EXPECT_FALSE(comparison->Link());
  EXPECT_GE(comparison->scope_checks().differing, 1u);
  const rtld::Report& report = comparison->diagnostics().errors().back().flat;
  EXPECT_EQ(report.error, rtld::Error::kBadSymbol);
  EXPECT_EQ(report.image, "user.so");
  EXPECT_EQ(Read("user.so").symbols[report.value].name, report.symbol);
  EXPECT_TRUE(report.detail.starts_with("the index finds symbol ")) << report.detail;
  EXPECT_TRUE(report.detail.ends_with(" of provider.so, the walk none")) << report.detail;
}

// program -> follower.so -> provider.so; program -> provider.so. The program has copies of the data
// and the address of the function; the libraries bind to both.
TEST_P(Words, OfAProgramAtAFixedAddressAreTheOracles) {
  for (const uint64_t bias : Biases()) EXPECT_GE(Compare("program", As::kLibrary, bias), 5u);
}

// The program's PLT entry is the function's address for follower.so too, also if an assembler made
// the function and gave it no type.
TEST_P(Words, AFunctionWithoutATypeHasACanonicalPltEntryToo) {
  const oracle::Image program = Read("program"), follower = Read("follower.so");
  const auto named = program.by_name.find("provider_function");
  ASSERT_NE(named, program.by_name.end());
  const uint32_t function = named->second[0];
  const uint64_t entry = program.symbols[function].value;
  if (entry == 0) GTEST_SKIP() << "the CPU's programs take functions' addresses from elsewhere";
  // st_info is behind a word's half in the wide form, behind three words in the other.
  const uint64_t info = program.FileOffset(program.tags.at(6)).value() +  // DT_SYMTAB
                        function * (wide() ? 24 : 16) + (wide() ? 4 : 12);
  Bytes contents = Contents("program");
  ASSERT_EQ(contents[info], 0x12);  // STB_GLOBAL, STT_FUNC
  contents[info] = 0x10;
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "program", contents);
  EXPECT_GE(Compare(*comparison), 5u);
  const std::vector<rtld::testing::LinkedImage> images = comparison->Images();
  size_t i = 0;
  while (i < images.size() && images[i].name != "follower.so") ++i;
  ASSERT_LT(i, images.size());
  const size_t word = FindRelocation(follower, Op::kSymbol, "provider_function");
  EXPECT_EQ(comparison->WordAt(i, follower.relocations[word].place), entry);
}

TEST_P(Words, OfLongPackedRunsAreTheOracles) {
  if (!Has("relr.so")) GTEST_SKIP() << "no linker packs relative relocations for this CPU";
  const oracle::Image image = Read("relr.so");
  ASSERT_GE(image.packed.size(), 220u);
  EXPECT_TRUE(image.relocations.empty());
  size_t adjacent = 0, longest = 0;
  for (size_t i = 1; i < image.packed.size(); ++i) {
    adjacent = image.packed[i] == image.packed[i - 1] + image.address_bytes ? adjacent + 1 : 0;
    longest = std::max(longest, adjacent);
  }
  // More than three bitmaps in a row.
  EXPECT_GE(longest, 3 * (8 * image.address_bytes - 1));
  for (const uint64_t bias : Biases()) {
    EXPECT_EQ(Compare("relr.so", As::kModule, bias), image.packed.size());
  }
}

// The same without a linker, so that every CPU has it: 200 adjacent words, then every third one,
// then a far one.
TEST_P(Words, OfBuiltPackedRunsAreTheOracles) {
  std::vector<bool> packed(700);
  for (size_t i = 0; i < packed.size(); ++i) {
    packed[i] = i < 200 || (i < 500 && i % 3 == 0) || i == 699;
  }
  const Bytes built = cpu().BuildPacked(packed, Read("provider.so").flags);
  for (const uint64_t bias : Biases()) {
    const Machine::Comparison comparison = NewModules(kModulePolicy, bias);
    comparison->AddRoot("built.so", built);
    EXPECT_EQ(Compare(*comparison), 301u);
  }
}

// The words by name, so that it does not all hang on the oracle.
TEST_P(Words, AbsoluteSymbolsAndWeakUndefinedOnesAreNoAddresses) {
  const uint64_t kAbsolute = wide() ? 0x123456789a : 0x12345678;
  const oracle::Image user = Read("user.so");
  const Machine::Comparison comparison = NewModules(kModulePolicy);
  Load(*comparison, "user.so");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  const auto word = [&](const std::string& symbol, unsigned index) {
    const int found = oracle::FindDefinition(user, symbol, "", true);
    EXPECT_GT(found, 0) << symbol;
    return comparison->WordAt(0,
                              user.symbols[static_cast<size_t>(found)].value + index * cpu().word);
  };
  EXPECT_EQ(word("absolute_words", 0), kAbsolute);
  EXPECT_EQ(word("absolute_words", 1), kAbsolute + 1);
  EXPECT_EQ(word("weak_words", 0), 0u);
  EXPECT_EQ(word("weak_words", 1), cpu().word);  // + 1, a long
  EXPECT_EQ(word("weak_function", 0), 0u);
}

// An undefined weak symbol is at 0, seen from any place that can hold the distance; and at the
// place, where that cannot be, or the psABI wants it so.
TEST_P(Words, WeakUndefinedOnesAreSeenFromThePlace) {
  const oracle::Image user = Read("user.so");
  const size_t index = FindRelocation(user, Op::kSymbol, "nobody_defines_this");
  const oracle::Relocation& relocation = user.relocations[index];
  size_t types = 0;
  for (const auto& [type, calculation] : psabi_.types) {
    const Op op = cpu().OpOf(type, relocation.symbol);
    if (op != Op::kPcRelative && !(op == Op::kCustom && calculation.Uses('P'))) continue;
    SCOPED_TRACE(calculation.name);
    Bytes contents = Contents("user.so");
    Patch(contents, EntryOffset(user, index) + cpu().word, cpu().word,
          cpu().InfoOf(relocation.symbol, type));
    const Machine::Comparison comparison = NewModules(kModulePolicy);
    Load(*comparison, "user.so", contents);
    Compare(*comparison);
    ++types;
    if (calculation.field.bytes != cpu().word) continue;
    const uint64_t seen = psabi_.weak_at_place ? 0 : kBias + relocation.place;
    const uint64_t sum = comparison->WordAt(0, relocation.place) + seen;
    EXPECT_EQ(wide() ? sum : static_cast<uint32_t>(sum), relocation.addend.value_or(0));
  }
  if (types == 0) GTEST_SKIP() << "the psABI has no PC-relative relocations of data";
}

// Every rule that stores a sum, on a relocation whose type is exchanged, with symbol values at the
// edges of every field: stored if it fits, refused with the value if it does not.
class Edges : public Words {
 protected:
  // A relocation of `file` against a symbol of `provider`.
  struct Subject {
    std::string file, provider, symbol;
    bool thread_local_symbol = false;
    oracle::Image image = {};
    size_t index = 0;           // of the relocation
    uint64_t value_offset = 0;  // in the provider's file, of st_value
  };

  void Find(Op op, Subject& subject) const {
    subject.image = Read(subject.file);
    subject.index = FindRelocation(subject.image, op, subject.symbol);
    const oracle::Image provider = Read(subject.provider);
    const int definition = oracle::FindDefinition(provider, subject.symbol, "", true);
    ASSERT_GT(definition, 0);
    subject.value_offset = provider.FileOffset(provider.tags.at(6)).value() +  // DT_SYMTAB
                           static_cast<unsigned>(definition) * (wide() ? 24 : 16) + cpu().word;
  }
  void SetUp() override {
    Words::SetUp();
    Find(Op::kSymbol, data_);
    Find(Op::kTpOffset, thread_data_);
  }

  // One relocation of the type against a symbol of the value or, for a type that stores sizes, size.
  void Try(const Subject& subject, uint32_t type, const oracle::Calculation& calculation,
           uint64_t value) {
    const oracle::Relocation& relocation = subject.image.relocations[subject.index];
    Bytes file = Contents(subject.file), provider = Contents(subject.provider);
    Patch(file, EntryOffset(subject.image, subject.index) + cpu().word, cpu().word,
          cpu().InfoOf(relocation.symbol, type));
    const bool size = cpu().OpOf(type, relocation.symbol) == Op::kSize;
    Patch(provider, subject.value_offset + (size ? cpu().word : 0), cpu().word, value);
    const Machine::Comparison comparison =
        subject.thread_local_symbol ? NewPrograms(rtld::kProgramPolicy) : NewModules(kModulePolicy);
    comparison->AddRoot(subject.file, file);
    comparison->AddFile(subject.provider, subject.provider, provider);
    if (subject.thread_local_symbol) {
      comparison->AddFile("provider.so", "provider.so", Contents("provider.so"));
    }
    const bool linked = comparison->Link();

    oracle::Expectation expectation;
    std::string error;
    ASSERT_TRUE(comparison->Expect(0, expectation, error)) << error;
    bool fits = true;
    for (const oracle::Word& word : expectation.words) fits = fits && word.fits;
    ASSERT_EQ(linked, fits) << comparison->diagnostics().text();
    if (linked) {
      size_t words = 0;
      ++stored_;
      EXPECT_EQ(comparison->Differences(words), "");
      return;
    }
    ++refused_;
    ASSERT_EQ(comparison->diagnostics().errors().size(), 1u);
    const rtld::Report& report = comparison->diagnostics().errors()[0].flat;
    EXPECT_EQ(report.error, rtld::Error::kOverflow);
    EXPECT_EQ(report.image, subject.file);
    EXPECT_EQ(report.symbol, subject.symbol);
    EXPECT_EQ(report.place, relocation.place);
    EXPECT_EQ(report.type, type);
    EXPECT_EQ(report.type_name, calculation.name);
    EXPECT_EQ(report.limit, calculation.field.bits());
  }

  // The values about which a part of a word, of a sum shifted to the right, ceases to hold it; one
  // with every byte another.
  static std::vector<int64_t> EdgesOf(const oracle::Calculation& calculation) {
    uint64_t shift = 0;
    for (const oracle::Term& term : calculation.terms) {
      if (term.operation == '>') shift += term.number;
    }
    std::vector<int64_t> edges = {0x0123456789abcdef};
    const uint64_t top = shift + calculation.field.bits();
    for (const uint64_t bit : {top - 1, top}) {
      if (bit > 62) continue;
      const int64_t edge = int64_t{1} << bit;
      const int64_t step = int64_t{1} << shift;
      for (const int64_t near : {edge - step, edge}) edges.push_back(near);
      if (bit == top) continue;
      for (const int64_t near : {-edge, -edge - step}) edges.push_back(near);
    }
    return edges;
  }

  static constexpr int64_t kEdges[] = {-0x80000001ll, -0x80000000ll, -0x8001ll,    -0x8000ll,
                                       -0x81ll,       -0x80ll,       -1ll,         0ll,
                                       0x7fll,        0x80ll,        0xffll,       0x100ll,
                                       0x7fffll,      0x8000ll,      0xffffll,     0x10000ll,
                                       0x7fffffffll,  0x80000000ll,  0xffffffffll, 0x100000000ll};

  Subject data_ = {"user.so", "provider.so", "provider_absolute"};
  Subject thread_data_ = {"tls.so", "tls_provider.so", "tls_initial_elsewhere", true};
  size_t stored_ = 0, refused_ = 0;
};

INSTANTIATE_FOR_ALL_CPUS(Edges);

TEST_P(Edges, AreStoredIfTheyFitAndRefusedIfTheyDoNot) {
  const uint64_t place = kBias + data_.image.relocations[data_.index].place;
  for (const auto& [type, calculation] : psabi_.types) {
    const Op op = cpu().OpOf(type, 1);
    if (op != Op::kSymbol && op != Op::kJumpSlot && op != Op::kPcRelative && op != Op::kSize &&
        op != Op::kCustom) {
      continue;
    }
    // A slot that is no address holds whatever there is at its target.
    if (calculation.slot != oracle::Calculation::Slot::kNone) continue;
    SCOPED_TRACE(calculation.name);
    std::vector<int64_t> edges(std::begin(kEdges), std::end(kEdges));
    if (op == Op::kCustom) edges = EdgesOf(calculation);
    for (const int64_t edge : edges) {
      SCOPED_TRACE(edge);
      if (op != Op::kCustom || !calculation.Uses('P')) {
        Try(data_, type, calculation, static_cast<uint64_t>(edge));
      }
      if (calculation.Uses('P')) Try(data_, type, calculation, place + static_cast<uint64_t>(edge));
    }
  }
  EXPECT_GT(stored_, 30u);
  // No CPU is without a narrow field.
  EXPECT_GE(refused_, 2u);
}

// Of thread-local symbols the values are offsets.
TEST_P(Edges, OfThreadLocalSymbolsAreStoredIfTheyFitAndRefusedIfTheyDoNot) {
  size_t types = 0, narrow = 0;
  for (const auto& [type, calculation] : psabi_.types) {
    const Op op = cpu().OpOf(type, 1);
    if (op != Op::kTlsOffset && op != Op::kTpOffset) continue;
    SCOPED_TRACE(calculation.name);
    ++types;
    if (calculation.field.bytes < cpu().word) ++narrow;
    for (const int64_t edge : kEdges) {
      SCOPED_TRACE(edge);
      Try(thread_data_, type, calculation, static_cast<uint64_t>(edge));
    }
  }
  EXPECT_GE(types, 2u);
  EXPECT_EQ(refused_ == 0, narrow == 0);
}

}  // namespace
}  // namespace arch::testing
