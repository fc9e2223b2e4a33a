// SPDX-License-Identifier: BSD-2-Clause
//
// DT_RELR, both hashes, notes and TLS layout, over the four layouts.

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "rtld_shared/decode/ehdr.h"
#include "rtld_shared/decode/hash.h"
#include "rtld_shared/decode/note.h"
#include "rtld_shared/decode/relr.h"
#include "rtld_shared/decode/symtab.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/testing/fakes.h"
#include "rtld_shared/testing/image_builder.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

template <class L>
class Tables : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = testing::ImageBuilder<A>;
  using Relr = typename L::Relr;

  static std::vector<Relr> Words(const std::vector<uint64_t>& words) {
    std::vector<Relr> table;
    for (const uint64_t word : words) table.push_back(static_cast<typename L::Addr>(word));
    return table;
  }
  static std::vector<uint64_t> Places(const std::vector<uint64_t>& words) {
    std::vector<uint64_t> places;
    const std::vector<Relr> table = Words(words);
    ForEachRelr<L>(std::span<const Relr>(table), [&](uint64_t place) {
      places.push_back(place);
      return true;
    });
    return places;
  }
};
TYPED_TEST_SUITE(Tables, rtld::testing::Layouts);

TYPED_TEST(Tables, RelrBitmapStandsForTheWordsBehindTheAddress) {
  constexpr uint64_t kWord = sizeof(typename TypeParam::Addr);
  // Bits 1, 2 and 4: the 1st, 2nd and 4th word behind 0x1000's own.
  EXPECT_EQ(
      this->Places({0x1000, 0b10111}),
      (std::vector<uint64_t>{0x1000, 0x1000 + kWord, 0x1000 + 2 * kWord, 0x1000 + 4 * kWord}));
  EXPECT_EQ(this->Places({0x1000, 0x2000}), (std::vector<uint64_t>{0x1000, 0x2000}));
}

TYPED_TEST(Tables, RelrRunsSpanSeveralBitmaps) {
  constexpr uint64_t kWord = sizeof(typename TypeParam::Addr);
  constexpr uint64_t kPerBitmap = 8 * kWord - 1;
  // One address and three full bitmaps, then one whose only bit is its last.
  const uint64_t full = ~uint64_t{0};
  const uint64_t last = uint64_t{1} << (8 * kWord - 1) | 1;
  const std::vector<uint64_t> places = this->Places({0x2000, full, full, full, last});
  ASSERT_EQ(places.size(), 1 + 3 * kPerBitmap + 1);
  for (size_t i = 0; i + 1 < places.size(); ++i) EXPECT_EQ(places[i], 0x2000 + i * kWord);
  EXPECT_EQ(places.back(), 0x2000 + 4 * kPerBitmap * kWord);
  // An empty bitmap skips its words.
  EXPECT_EQ(this->Places({0x2000, 1, 3}),
            (std::vector<uint64_t>{0x2000, 0x2000 + kWord + kPerBitmap * kWord}));
}

TYPED_TEST(Tables, RelrOfTheBuilderIsWhatIsDecoded) {
  constexpr uint64_t kWord = sizeof(typename TypeParam::Addr);
  std::vector<uint64_t> places;
  for (uint64_t i = 0; i < 1000; i += 1 + i % 7) places.push_back(0x3000 + i * kWord);
  EXPECT_EQ(this->Places(TestFixture::Builder::RelrOf(places)), places);
}

TYPED_TEST(Tables, RelrStopsWhereTheVisitorWants) {
  const auto table = this->Words({0x1000, 0b111});
  int visits = 0;
  EXPECT_FALSE(ForEachRelr<TypeParam>(std::span<const typename TypeParam::Relr>(table),
                                      [&](uint64_t) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TYPED_TEST(Tables, RelrMustBeginWithAnAddress) {
  const auto bitmap = this->Words({3}), address = this->Words({0x10});
  EXPECT_FALSE(StartsWithAddress<TypeParam>(bitmap));
  EXPECT_TRUE(StartsWithAddress<TypeParam>(address));
  EXPECT_TRUE(StartsWithAddress<TypeParam>({}));
}

TEST(Hashes, AreTheSpecifications) {
  // Values of the GNU hash function's description and of the gABI's sample.
  EXPECT_EQ(SymbolName("").hash, 0x1505u);
  EXPECT_EQ(SymbolName("printf").hash, 0x156b2bb8u);
  EXPECT_EQ(SymbolName("flapenguin.me").hash, 0x8ae9f18eu);
  EXPECT_EQ(SysvHash("printf"), 0x077905a6u);
  EXPECT_EQ(SysvHash("GLIBC_2.2.5"), 0x09691a75u);
  // Bytes are unsigned, high nibbles fold.
  EXPECT_EQ(SymbolName("\xff").hash, 5381u * 33 + 255);
  EXPECT_LT(SysvHash("jumps over the lazy dog"), 0x10000000u);
  const SymbolName name = SymbolName::OfCString("printf");
  EXPECT_EQ(name.text, "printf");
  EXPECT_EQ(name.hash, 0x156b2bb8u);
}

// Relocations may have written over the table's last NUL.
TEST(Strings, EndWithTheirTable) {
  // With something else behind it.
  const std::vector<char> bytes = {'\0', 'p', 'r', 'i', 'n', 't', 'f', 'x', 'y', 'z', '\0'};
  const StringTable table{std::span<const char>(bytes).first(7)};
  const SymbolName name = table.NameAt(1);
  EXPECT_EQ(name.text, "printf");
  EXPECT_EQ(name.hash, 0x156b2bb8u);
  EXPECT_EQ(table.NameAt(3).text, "intf");
  EXPECT_EQ(table.NameAt(4).hash, SymbolName("ntf").hash);
  EXPECT_EQ(table.NameAt(6).text, "f");
  EXPECT_NE(table.NameAt(0).text.data(), nullptr);
  EXPECT_EQ(table.NameAt(7).text.data(), nullptr);
  EXPECT_EQ(table.At(1), "printf");
  EXPECT_EQ(table.At(1, 6), "printf");
  EXPECT_EQ(table.At(1, 5), "");
  EXPECT_FALSE(table.Equals(1, "printf"));  // that has a NUL
}

// A DT_GNU_HASH of its own: symbols 2.. in one bucket, all with the given hashes.
template <class L>
std::vector<std::byte> GnuTable(uint32_t nbuckets, uint32_t symoffset, uint32_t nbloom,
                                uint32_t shift, const std::vector<uint32_t>& buckets,
                                const std::vector<uint32_t>& chains) {
  std::vector<std::byte> bytes;
  const auto add = [&](auto field) {
    const auto* raw = reinterpret_cast<const std::byte*>(&field);
    bytes.insert(bytes.end(), raw, raw + sizeof(field));
  };
  for (const uint32_t word : {nbuckets, symoffset, nbloom, shift}) add(typename L::Word(word));
  for (uint32_t i = 0; i < nbloom && i < 8; ++i) {
    add(typename L::AddrField(static_cast<typename L::Addr>(~uint64_t{0})));
  }
  for (const uint32_t word : buckets) add(typename L::Word(word));
  for (const uint32_t word : chains) add(typename L::Word(word));
  return bytes;
}

template <class L>
bool ParseGnu(GnuHashTable<L>& table, const std::vector<std::byte>& bytes) {
  return table.Parse({reinterpret_cast<const typename L::Word*>(bytes.data()),
                      bytes.size() / sizeof(typename L::Word)});
}

template <class L>
std::vector<uint32_t> Candidates(const GnuHashTable<L>& table, uint32_t hash) {
  std::vector<uint32_t> found;
  table.Find(hash, [&](uint32_t i) {
    found.push_back(i);
    return false;
  });
  return found;
}

TYPED_TEST(Tables, GnuHashGivesTheSymbolsOfEqualHash) {
  GnuHashTable<TypeParam> table;
  const auto bytes = GnuTable<TypeParam>(1, 2, 1, 5, {2}, {0x10, 0x20, 0x10, 0x31});
  ASSERT_TRUE(ParseGnu(table, bytes));
  // Bit 0 of a chain word ends the chain and takes no part in the comparison.
  EXPECT_EQ(Candidates(table, 0x10), (std::vector<uint32_t>{2, 4}));
  EXPECT_EQ(Candidates(table, 0x11), (std::vector<uint32_t>{2, 4}));
  EXPECT_EQ(Candidates(table, 0x30), std::vector<uint32_t>{5});
  EXPECT_EQ(Candidates(table, 0x40), std::vector<uint32_t>{});
  EXPECT_EQ(table.SymbolCount(), 6u);
  std::vector<std::pair<uint32_t, uint32_t>> all;
  table.ForEach([&](uint32_t i, uint32_t hash) { all.emplace_back(i, hash); });
  EXPECT_EQ(all, (std::vector<std::pair<uint32_t, uint32_t>>{
                     {2, 0x10}, {3, 0x20}, {4, 0x10}, {5, 0x30}}));
}

TYPED_TEST(Tables, GnuHashBloomFilterShutsOut) {
  GnuHashTable<TypeParam> table;
  auto bytes = GnuTable<TypeParam>(1, 2, 1, 5, {2}, {0x11});
  std::fill_n(bytes.begin() + 16, sizeof(typename TypeParam::Addr), std::byte{0});
  ASSERT_TRUE(ParseGnu(table, bytes));
  EXPECT_FALSE(table.MayContain(0x10));
  EXPECT_EQ(Candidates(table, 0x10), std::vector<uint32_t>{});
}

TYPED_TEST(Tables, GnuHashHeaderIsBoundedByTheBytesThereAre) {
  GnuHashTable<TypeParam> table;
  using std::vector;
  // Too many buckets, too many Bloom words, none, no power of two, a shift past the hash.
  EXPECT_FALSE(ParseGnu(table, GnuTable<TypeParam>(2, 1, 1, 5, {1}, {})));
  EXPECT_FALSE(ParseGnu(table, GnuTable<TypeParam>(0xffffffff, 1, 1, 5, {1}, {1})));
  EXPECT_FALSE(ParseGnu(table, GnuTable<TypeParam>(1, 1, 0x80000000, 5, {1}, {1})));
  EXPECT_FALSE(ParseGnu(table, GnuTable<TypeParam>(1, 1, 0, 5, {1}, {1})));
  EXPECT_FALSE(ParseGnu(table, GnuTable<TypeParam>(1, 1, 3, 5, {1}, {1})));
  EXPECT_FALSE(ParseGnu(table, GnuTable<TypeParam>(1, 1, 1, 32, {1}, {1})));
  EXPECT_FALSE(table.Parse({}));
}

TYPED_TEST(Tables, GnuHashChainsEndWithTheTable) {
  GnuHashTable<TypeParam> table;
  // No chain word has its end bit; the bucket points far behind; before the first hashed symbol.
  const auto endless = GnuTable<TypeParam>(1, 1, 1, 5, {1}, {0x10, 0x10});
  ASSERT_TRUE(ParseGnu(table, endless));
  EXPECT_EQ(Candidates(table, 0x10), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(table.SymbolCount(), 0u);
  const auto far = GnuTable<TypeParam>(1, 1, 1, 5, {0xfffffff0}, {0x11});
  ASSERT_TRUE(ParseGnu(table, far));
  EXPECT_EQ(Candidates(table, 0x10), std::vector<uint32_t>{});
  const auto before = GnuTable<TypeParam>(1, 4, 1, 5, {3}, {0x11});
  ASSERT_TRUE(ParseGnu(table, before));
  EXPECT_EQ(Candidates(table, 0x10), std::vector<uint32_t>{});
}

TYPED_TEST(Tables, GnuHashIndicesDoNotWrap) {
  GnuHashTable<TypeParam> table;
  const auto bytes =
      GnuTable<TypeParam>(1, 0xfffffffe, 1, 5, {0xfffffffe}, {0x10, 0x10, 0x10, 0x11});
  ASSERT_TRUE(ParseGnu(table, bytes));
  EXPECT_EQ(Candidates(table, 0x10), (std::vector<uint32_t>{0xfffffffe, 0xffffffff}));
  size_t visits = 0;
  table.ForEach([&](uint32_t i, uint32_t) { visits += i >= 0xfffffffe ? 1 : 100; });
  EXPECT_EQ(visits, 2u);
  EXPECT_EQ(table.SymbolCount(), 0u);
}

TYPED_TEST(Tables, GnuHashSharedChainsAreWalkedOnceOver) {
  GnuHashTable<TypeParam> table;
  const std::vector<uint32_t> buckets(500, 1), chains(500, 0x10);
  const auto bytes = GnuTable<TypeParam>(500, 1, 1, 5, buckets, chains);
  ASSERT_TRUE(ParseGnu(table, bytes));
  size_t visits = 0;
  table.ForEach([&](uint32_t, uint32_t) { ++visits; });
  EXPECT_EQ(visits, 500u);
}

template <class L>
struct Translated : L {
  static constexpr bool kTranslatedHash = true;
};

// Four symbols from 2 on, in the hash's order 5, 3, one behind every table, 2.
TYPED_TEST(Tables, TranslatedHashGivesTheIndexesBehindItsChains) {
  using L = Translated<TypeParam>;
  GnuHashTable<L> table;
  const auto bytes =
      GnuTable<TypeParam>(1, 2, 1, 5, {2}, {0x10, 0x20, 0x10, 0x31, 5, 3, 0xfffffff0, 2});
  const std::span<const typename L::Word> words(
      reinterpret_cast<const typename L::Word*>(bytes.data()),
      bytes.size() / sizeof(typename L::Word));
  ASSERT_TRUE(table.Parse(words, 6));
  EXPECT_EQ(Candidates(table, 0x10), (std::vector<uint32_t>{5, 0xfffffff0}));
  EXPECT_EQ(Candidates(table, 0x30), std::vector<uint32_t>{2});
  EXPECT_EQ(table.SymbolCount(), 6u);
  const void* chain = nullptr;
  EXPECT_EQ(table.FirstOf(0x10, chain), 5u);
  EXPECT_EQ(chain, bytes.data() + bytes.size() - 8 * 4);
  std::vector<std::pair<uint32_t, uint32_t>> all;
  table.ForEach([&](uint32_t i, uint32_t hash) { all.emplace_back(i, hash); });
  EXPECT_EQ(all, (std::vector<std::pair<uint32_t, uint32_t>>{
                     {5, 0x10}, {3, 0x20}, {0xfffffff0, 0x10}, {2, 0x30}}));
  // The chains end with the symbols, whatever their bits say.
  GnuHashTable<L> shorter;
  ASSERT_TRUE(shorter.Parse(words, 4));
  EXPECT_EQ(Candidates(shorter, 0x10), std::vector<uint32_t>{0x10});
  EXPECT_EQ(Candidates(shorter, 0x30), std::vector<uint32_t>{});
  // Fewer symbols than are not hashed; more than there are words for; more than an index counts.
  EXPECT_FALSE(table.Parse(words, 1));
  EXPECT_FALSE(table.Parse(words, 7));
  EXPECT_FALSE(table.Parse(words, (uint64_t{1} << 32) + 6));
}

template <class L>
std::vector<typename L::HashWord> SysvTable(const std::vector<uint32_t>& words) {
  return {words.begin(), words.end()};
}

TYPED_TEST(Tables, SysvHashWalksChains) {
  SysvHashTable<TypeParam> table;
  // 2 buckets; chain of bucket 1: 3 -> 1.
  const auto words = SysvTable<TypeParam>({2, 4, 0, 3, 0, 0, 0, 1});
  ASSERT_TRUE(table.Parse(words));
  std::vector<uint32_t> found;
  table.Find(7, [&](uint32_t i) {
    found.push_back(i);
    return false;
  });
  EXPECT_EQ(found, (std::vector<uint32_t>{3, 1}));
  EXPECT_EQ(table.SymbolCount(), 4u);
  std::vector<uint32_t> all;
  table.ForEach([&](uint32_t i) { all.push_back(i); });
  EXPECT_EQ(all, found);
}

TYPED_TEST(Tables, SysvHashLoopsAndBoundsAreHarmless) {
  SysvHashTable<TypeParam> table;
  EXPECT_FALSE(table.Parse(SysvTable<TypeParam>({1})));
  EXPECT_FALSE(table.Parse(SysvTable<TypeParam>({1, 2, 0, 0})));
  EXPECT_FALSE(table.Parse(SysvTable<TypeParam>({0xffffffff, 0xffffffff, 0, 0})));
  // 1 -> 2 -> 1 for ever, and an index behind the table.
  const auto loop = SysvTable<TypeParam>({1, 3, 1, 0, 2, 1});
  ASSERT_TRUE(table.Parse(loop));
  int visits = 0;
  table.Find(0, [&](uint32_t) { return ++visits > 100; });
  EXPECT_EQ(visits, 3);
  size_t all = 0;
  table.ForEach([&](uint32_t) { ++all; });
  EXPECT_EQ(all, 3u);
  const auto wild = SysvTable<TypeParam>({1, 2, 0x7fffffff, 0, 0});
  ASSERT_TRUE(table.Parse(wild));
  table.Find(0, [&](uint32_t) { return ++visits > 100; });
  EXPECT_EQ(visits, 3);
}

TYPED_TEST(Tables, ExportedIsWhatIsDefinedAndSeenByOthers) {
  using namespace elf;
  for (const uint16_t shndx : {kShnUndef, uint16_t{1}, kShnAbs}) {
    for (const uint8_t bind : {kStbLocal, kStbGlobal, kStbWeak, kStbGnuUnique}) {
      for (const uint8_t type : {kSttNoType, kSttFunc, kSttSection, kSttGnuIfunc}) {
        for (const uint8_t seen : {kStvDefault, kStvInternal, kStvHidden, kStvProtected}) {
          typename TypeParam::Sym symbol;
          symbol.shndx = shndx;
          symbol.info = SymbolInfo(bind, type);
          symbol.other = seen;
          const bool hidden = seen == kStvInternal || seen == kStvHidden;
          EXPECT_EQ(IsExported(symbol),
                    !(shndx == kShnUndef || bind == kStbLocal || type == kSttSection || hidden))
              << shndx << ' ' << int{bind} << ' ' << int{type} << ' ' << int{seen};
        }
      }
    }
  }
}

TYPED_TEST(Tables, NotesAreFoundByOwnerAndType) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  testing::BufferFile file("note.so", Builder("note.so").BuildId("\x01\x02\x03\x04\x05").Build());
  testing::CountingArena arena;
  testing::Collector diagnostics;
  Headers<A> headers;
  LoadPlan plan;
  ASSERT_TRUE(ReadHeaders<A>(diagnostics, file, kProgramPolicy, headers));
  ASSERT_TRUE(
      PlanLoad<A>(diagnostics, arena, headers.phdrs, file.Size(), 0x1000, kProgramPolicy, plan));
  FileMemory<testing::BufferFile> memory(file, plan);
  const auto id = FindNote<A>(memory, headers.phdrs, elf::kNoteOwnerGnu, elf::kNtGnuBuildId);
  ASSERT_EQ(id.size(), 5u);
  EXPECT_EQ(id[4], std::byte{5});
  EXPECT_TRUE(FindNote<A>(memory, headers.phdrs, "Other", elf::kNtGnuBuildId).empty());
  EXPECT_TRUE(FindNote<A>(memory, headers.phdrs, elf::kNoteOwnerGnu, 99).empty());
  FreePlan(arena, plan);
}

TYPED_TEST(Tables, NotesWithoutNameAndDescriptorAreVisitedUntilTheVisitorHasEnough) {
  using A = typename TestFixture::A;
  using Nhdr = typename TypeParam::Nhdr;
  testing::BufferMemory memory;
  memory.Add({.vaddr = 0x1000, .memsz = 32});
  for (uint32_t i = 0; i < 2; ++i) {
    Nhdr header;
    header.type = i + 1;
    std::memcpy(memory.At(0x1000 + i * sizeof(Nhdr), sizeof(Nhdr)), &header, sizeof(Nhdr));
  }
  std::vector<uint32_t> seen;
  const auto visit = [&](size_t enough) {
    seen.clear();
    return ForEachNote<A>(memory, {0x1000, 2 * sizeof(Nhdr)}, 4,
                          [&](std::string_view name, uint32_t type, auto descriptor) {
                            EXPECT_TRUE(name.empty() && descriptor.empty());
                            seen.push_back(type);
                            return seen.size() < enough;
                          });
  };
  EXPECT_TRUE(visit(3));
  EXPECT_EQ(seen, (std::vector<uint32_t>{1, 2}));
  EXPECT_TRUE(visit(1));
  EXPECT_EQ(seen, std::vector<uint32_t>{1});
}

TYPED_TEST(Tables, NotesThatRunPastTheirSegmentAreMalformed) {
  using A = typename TestFixture::A;
  testing::BufferMemory memory;
  memory.Add({.vaddr = 0x1000, .memsz = 32});
  typename TypeParam::Nhdr header;
  header.namesz = 4u;
  header.descsz = 100u;
  header.type = 1u;
  std::memcpy(memory.At(0x1000, 32), &header, sizeof(header));
  int visits = 0;
  const auto visit = [&](std::string_view, uint32_t, std::span<const std::byte>) {
    ++visits;
    return true;
  };
  EXPECT_FALSE(ForEachNote<A>(memory, {0x1000, 32}, 4, visit));
  header.namesz = 0xfffffff0u;
  std::memcpy(memory.At(0x1000, 32), &header, sizeof(header));
  EXPECT_FALSE(ForEachNote<A>(memory, {0x1000, 32}, 4, visit));
  EXPECT_FALSE(ForEachNote<A>(memory, {0x1000, 33}, 4, visit));
  EXPECT_EQ(visits, 0);
}

TYPED_TEST(Tables, NotesAreSearchedInNoMoreSegmentsThanLinkersMake) {
  using A = typename TestFixture::A;
  testing::BufferMemory memory;
  memory.Add({.vaddr = 0x1000, .memsz = 32});
  typename TypeParam::Nhdr header;
  header.namesz = 4u;
  header.descsz = 8u;
  header.type = 7u;
  std::memcpy(memory.At(0x1000, 32), &header, sizeof(header));
  std::memcpy(memory.At(0x1000 + sizeof(header), 4), "Own", 4);
  // The first ones are empty segments of the same image.
  std::vector<typename TypeParam::Phdr> phdrs(kMostNoteSegments);
  for (auto& phdr : phdrs) {
    phdr.type = elf::kPtNote;
    phdr.vaddr = 0x1000u;
  }
  const auto find = [&] {
    return FindNote<A>(memory, std::span<const typename TypeParam::Phdr>(phdrs), "Own", 7).size();
  };
  phdrs.back().filesz = 24u;
  EXPECT_EQ(find(), 8u);
  phdrs.insert(phdrs.begin(), phdrs.front());
  EXPECT_EQ(find(), 0u);
}

// Counts how often it is asked.
struct CountingMemory {
  testing::BufferMemory& under;
  size_t calls = 0;

  const std::byte* At(uint64_t vaddr, uint64_t size) { return ++calls, under.At(vaddr, size); }
  uint64_t Reach(uint64_t vaddr) { return ++calls, under.Reach(vaddr); }
};

TYPED_TEST(Tables, VersionsOfDifferentFilesThatShareAChainAreNotWalkedForEach) {
  // 200 files, each with the same 200 versions: 40,000 in 6,400 bytes.
  using A = typename TestFixture::A;
  constexpr uint32_t kCount = 200;
  constexpr uint32_t kNeeds = 16 * kCount;  // bytes
  testing::BufferMemory memory;
  memory.Add({.vaddr = 0x1000, .memsz = 2 * kNeeds});
  for (uint32_t i = 0; i < kCount; ++i) {
    typename TypeParam::Verneed need;
    need.version = elf::kVerNeedCurrent;
    need.cnt = static_cast<uint16_t>(kCount);
    need.file = 1u;
    need.aux = kNeeds - 16 * i;
    need.next = 16u;
    std::memcpy(memory.At(0x1000 + 16 * i, 16), &need, sizeof(need));
    typename TypeParam::Vernaux aux;
    aux.hash = SysvHash("v");
    aux.flags = uint16_t{0};
    aux.other = static_cast<uint16_t>(2 + i);
    aux.name = 1u;
    aux.next = 16u;
    std::memcpy(memory.At(0x1000 + kNeeds + 16 * i, 16), &aux, sizeof(aux));
  }
  const std::vector<char> strings = {'\0', 'v', '\0'};
  DynamicInfo<A> info;
  info.strings = StringTable(std::span<const char>(strings));
  info.verneed = 0x1000;
  info.verneed_count = kCount;
  testing::CountingArena arena;
  testing::Collector diagnostics;
  CountingMemory counting = {memory};
  Versions versions;
  EXPECT_FALSE(ReadVersions<A>(diagnostics, arena, counting, info, versions));
  ASSERT_EQ(diagnostics.errors().size(), 1u);
  EXPECT_EQ(diagnostics.errors()[0].flat.detail, "DT_VERNEED has more versions than room for them");
  EXPECT_LT(counting.calls, 3 * kCount);
  EXPECT_EQ(arena.made(), 0u);
  // One file may have them all.
  info.verneed_count = 1;
  EXPECT_TRUE(ReadVersions<A>(diagnostics, arena, counting, info, versions));
  EXPECT_EQ(versions.size(), 2 + kCount);
  FreeArray(arena, versions);
}

// A table of unstated size is as many whole entries as its segment has room for.
TEST(View, ReachesToTheEndOfTheSegment) {
  testing::BufferMemory memory;
  memory.Add({.vaddr = 0x1000, .memsz = 22, .filesz = 22});
  std::span<const elf::Layout64Le::Word> words;
  ASSERT_TRUE(ViewToEnd(memory, 0x1008, words));
  EXPECT_EQ(words.size(), 3u);
  EXPECT_FALSE(ViewToEnd(memory, 0x1014, words));
  EXPECT_FALSE(ViewToEnd(memory, 0x3000, words));
}

}  // namespace
}  // namespace rtld
