// SPDX-License-Identifier: BSD-2-Clause
//
// Variables that a program has copied, and that resolvers fill.

#include "rtld_shared/link/copied.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layout_test.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::CountingArena;
using testing::OnlyError;

template <class L>
class CopiedTest : public testing::LayoutTest<L> {
 public:
  using typename testing::LayoutTest<L>::A;
  using typename testing::LayoutTest<L>::Builder;
  using typename testing::LayoutTest<L>::ProgramBench;

  // A program's copy of `size` bytes of a variable, at `place`.
  static void Copy(Builder& program, const std::string& name, uint64_t place, uint64_t size) {
    program.Rela(place, A::kCopy, program.Define(name, place, {.size = size}));
  }
  // A library's word that is filled with what the resolver at kText + `resolver` returns.
  static void Fill(Builder& library, uint64_t place, uint64_t resolver) {
    library.Rela(place, A::kIrelative, 0, Builder::kText + resolver);
  }
  // Program and l.so, which it needs.
  static bool Link(ProgramBench& bench, Builder& program, Builder& library) {
    program.Needed("l.so");
    bench.AddLibrary("l.so", library.Build());
    return bench.Link(bench.AddFile("program", program.Build()), Resolve);
  }
  // Every byte of what it returns is another one.
  static uint64_t Resolve(uint64_t resolver) { return resolver + 0x0102030405060708; }
};
TYPED_TEST_SUITE(CopiedTest, rtld::testing::Layouts);

//   program -> l.so, whose `table` has four words: two numbers, and between them what resolvers give
TYPED_TEST(CopiedTest, CopiesHaveWhatResolversReturn) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  using Addr = typename TestFixture::Addr;
  constexpr unsigned kWord = TestFixture::kWord;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), library("l.so");
  const uint64_t copy = program.Room(4 * kWord), own = program.Word();
  this->Copy(program.Needed("l.so"), "table", copy, 4 * kWord);
  this->Fill(program, own, 0x40);
  const uint64_t table = library.Word(7);
  const uint64_t symbol = library.Word(), irelative = library.Word(), last = library.Word(8);
  library.Define("table", table, {.size = 4 * kWord});
  library.Rela(symbol, A::kSymbol,
               library.Define("f", Builder::kText + 0x10, {.type = elf::kSttGnuIfunc}), 2);
  this->Fill(library, irelative, 0x20);
  bench.AddLibrary("l.so", library.Build());
  const auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("program", program.Build())) && session->Plan() &&
              session->Map() && session->Relocate() && session->Protect())
      << bench.diagnostics.text();
  auto &user = *session->records()[0], &provider = *session->records()[1];
  const Addr resolved[] = {
      static_cast<Addr>(this->Resolve(provider.RunTime(Builder::kText + 0x12))),
      static_cast<Addr>(this->Resolve(provider.RunTime(Builder::kText + 0x20)))};
  size_t calls = 0;
  ASSERT_TRUE(session->RunResolvers([&](uint64_t resolver) {
    // The library's write what they like into the copy; the program's, which is last, sees it whole.
    StoreWord<TypeParam>(user.image.At(copy + 3 * kWord, kWord), kWord, 9);
    if (++calls == 3) {
      EXPECT_EQ(bench.WordAt(user, copy + kWord), resolved[0]);
      EXPECT_EQ(bench.WordAt(user, copy + 2 * kWord), resolved[1]);
    }
    return this->Resolve(resolver);
  }));
  EXPECT_EQ(calls, 3u);
  EXPECT_EQ(bench.WordAt(provider, symbol), resolved[0]);
  EXPECT_EQ(bench.WordAt(provider, irelative), resolved[1]);
  EXPECT_EQ(bench.WordAt(provider, last), 8u);
  EXPECT_EQ(bench.WordAt(user, copy), 7u);
  EXPECT_EQ(bench.WordAt(user, copy + kWord), resolved[0]);
  EXPECT_EQ(bench.WordAt(user, copy + 2 * kWord), resolved[1]);
  EXPECT_EQ(bench.WordAt(user, copy + 3 * kWord), 9u);
}

// Variables that have only half of a word: its end, its begin, and the begin as far as there is room.
TYPED_TEST(CopiedTest, NothingIsWrittenBesideACopy) {
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord, kHalf = kWord / 2;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), library("l.so");
  const uint64_t words[] = {library.Word(), library.Word(), library.Word()};
  for (const uint64_t word : words) this->Fill(library, word, 0x10);
  library.Define("end", words[0] + kHalf, {.size = kHalf});
  library.Define("begin", words[1], {.size = kHalf});
  library.Define("whole", words[2], {.size = kWord});
  // Between them there is what nobody may write.
  uint64_t copies[3];
  for (uint64_t& copy : copies) {
    program.Word(~uint64_t{0});
    copy = program.Word(~uint64_t{0});
  }
  this->Copy(program, "end", copies[0], kWord);
  this->Copy(program, "begin", copies[1], kWord);
  this->Copy(program, "whole", copies[2], kHalf);
  program.Word(~uint64_t{0});
  ASSERT_TRUE(this->Link(bench, program, library)) << bench.diagnostics.text();
  auto &user = *bench.Find("program"), &provider = *bench.Find("l.so");
  const std::byte rest[3 * kWord] = {};
  for (size_t i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    const std::byte* word = provider.image.At(words[i], kWord);
    EXPECT_NE(std::memcmp(word, rest, kWord), 0);
    const std::byte* around = user.image.At(copies[i] - kWord, 3 * kWord);
    EXPECT_EQ(std::memcmp(around + kWord, i == 0 ? word + kHalf : word, kHalf), 0);
    for (unsigned at = 0; at < 3 * kWord; ++at) {
      if (at >= kWord && at < kWord + kHalf) continue;
      EXPECT_EQ(around[at], std::byte{0xff}) << at;
    }
  }
}

// One variable is a part of another, and one is copied twice.
TYPED_TEST(CopiedTest, EveryCopyIsFilled) {
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), library("l.so");
  const uint64_t outer = library.Room(5 * kWord), other = library.Word(5);
  this->Fill(library, outer + kWord, 0x10);
  this->Fill(library, outer + 4 * kWord, 0x20);
  library.Define("outer", outer, {.size = 5 * kWord});
  library.Define("inner", outer + kWord, {.size = kWord});
  library.Define("between", outer + 2 * kWord, {.size = kWord});
  library.Define("other", other, {.size = kWord});
  const uint64_t outer_copy = program.Room(5 * kWord), inner_copy = program.Word();
  const uint64_t second_copy = program.Word(), between_copy = program.Word(3);
  const uint64_t other_copy = program.Word();
  this->Copy(program, "other", other_copy, kWord);
  this->Copy(program, "inner", inner_copy, kWord);
  this->Copy(program, "inner", second_copy, kWord);
  this->Copy(program, "between", between_copy, kWord);
  this->Copy(program, "outer", outer_copy, 5 * kWord);
  ASSERT_TRUE(this->Link(bench, program, library)) << bench.diagnostics.text();
  auto &user = *bench.Find("program"), &provider = *bench.Find("l.so");
  const uint64_t first = bench.WordAt(provider, outer + kWord);
  const uint64_t last = bench.WordAt(provider, outer + 4 * kWord);
  EXPECT_NE(first, 0u);
  EXPECT_NE(last, first);
  EXPECT_EQ(bench.WordAt(user, inner_copy), first);
  EXPECT_EQ(bench.WordAt(user, second_copy), first);
  EXPECT_EQ(bench.WordAt(user, outer_copy + kWord), first);
  EXPECT_EQ(bench.WordAt(user, outer_copy + 4 * kWord), last);
  EXPECT_EQ(bench.WordAt(user, outer_copy + 2 * kWord), 0u);
  EXPECT_EQ(bench.WordAt(user, between_copy), 0u);
  EXPECT_EQ(bench.WordAt(user, other_copy), 5u);
}

TYPED_TEST(CopiedTest, CopiesInRelroAreFilledBeforeItIsSealed) {
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  typename TestFixture::ProgramBench bench(kProgramPolicy);
  Builder program(""), library("l.so");
  const uint64_t copy = program.RelroWord(), word = library.RelroWord();
  this->Copy(program.Needed("l.so"), "v", copy, kWord);
  library.Define("v", word, {.size = kWord});
  this->Fill(library, word, 0x10);
  bench.AddLibrary("l.so", library.Build());
  const auto session = bench.NewSession();
  ASSERT_TRUE(session->AddRoot(bench.AddFile("program", program.Build())) && session->Plan() &&
              session->Map() && session->Relocate() && session->Protect() &&
              session->RunResolvers(this->Resolve))
      << bench.diagnostics.text();
  auto &user = *session->records()[0], &provider = *session->records()[1];
  EXPECT_NE(bench.WordAt(user, copy), 0u);
  EXPECT_EQ(bench.WordAt(user, copy), bench.WordAt(provider, word));
  EXPECT_EQ(user.image.state()->protections.at(Builder::kRelro), Protection::kReadWrite);
  ASSERT_TRUE(session->Seal());
  EXPECT_EQ(user.image.state()->protections.at(Builder::kRelro), Protection::kRead);
}

// It is protected when resolvers run; what no resolver fills may lie there.
TYPED_TEST(CopiedTest, CopiesInTextCannotBeFilled) {
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  constexpr uint64_t kPlace = Builder::kText + 0x40;
  Policy policy = kProgramPolicy;
  policy.allow_text_relocations = true;
  for (const bool filled : {false, true}) {
    typename TestFixture::ProgramBench bench(policy);
    Builder program(""), library("l.so");
    program.Dynamic(elf::kDtTextRel, 0);
    this->Copy(program, "v", kPlace, kWord);
    const uint64_t word = library.Word(6), other = library.Word();
    library.Define("v", word, {.size = kWord});
    this->Fill(library, filled ? word : other, 0x10);
    EXPECT_EQ(this->Link(bench, program, library), !filled) << bench.diagnostics.text();
    if (!filled) {
      EXPECT_EQ(bench.WordAt(*bench.Find("program"), kPlace), 6u);
      continue;
    }
    EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadPlace,
                                               .has_place = true,
                                               .image = "program",
                                               .detail = "COPY",
                                               .place = kPlace}}));
    EXPECT_EQ(bench.loader.live(), 0u);
    EXPECT_EQ(bench.arena.live(), 0u);
  }
}

// Who takes over the resolvers would not know where else to store what they return.
TYPED_TEST(CopiedTest, ResolversOfWhatIsCopiedAreNotHandedOff) {
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  for (const bool filled : {false, true}) {
    typename TestFixture::ProgramBench bench(kProgramPolicy);
    Builder program(""), library("l.so");
    const uint64_t copy = program.Word(), word = library.Word(6), other = library.Word();
    this->Copy(program.Needed("l.so"), "v", copy, kWord);
    library.Define("v", word, {.size = kWord});
    this->Fill(library, filled ? word : other, 0x10);
    bench.AddLibrary("l.so", library.Build());
    auto session = bench.NewSession();
    ASSERT_TRUE(session->AddRoot(bench.AddFile("program", program.Build())) && session->Plan() &&
                session->Map() && session->Relocate() && session->Protect())
        << bench.diagnostics.text();
    Committed<typename TestFixture::ProgramBench::SeamsType> out;
    EXPECT_EQ(std::move(*session).HandOff(out), !filled);
    EXPECT_EQ(out.ifuncs.size(), filled ? 0u : 1u);
    bench.Take(out);
    session.reset();
    if (!filled) continue;
    EXPECT_TRUE(
        OnlyError(bench.diagnostics, {{.error = Error::kUnsupported,
                                       .image = "program",
                                       .detail = "handing off resolvers of what COPY has taken"}}));
    EXPECT_EQ(bench.loader.live(), 0u);
    EXPECT_EQ(bench.arena.live(), 0u);
  }
}

TYPED_TEST(CopiedTest, NoMemoryForTheWordsIsTold) {
  using Builder = typename TestFixture::Builder;
  constexpr unsigned kWord = TestFixture::kWord;
  bool told = false;
  for (size_t fail_at = 0;; ++fail_at) {
    ASSERT_LT(fail_at, 1000u);
    typename TestFixture::ProgramBench bench(kProgramPolicy, fail_at);
    Builder program(""), library("l.so");
    this->Copy(program, "v", program.Word(), kWord);
    const uint64_t word = library.Word();
    library.Define("v", word, {.size = kWord});
    this->Fill(library, word, 0x10);
    if (this->Link(bench, program, library)) break;
    EXPECT_EQ(bench.arena.live(), 0u);
    EXPECT_EQ(bench.loader.live(), 0u);
    ASSERT_FALSE(bench.diagnostics.errors().empty());
    const Report& report = bench.diagnostics.errors().back().flat;
    EXPECT_EQ(report.error, Error::kNoMemory);
    told = told || report.detail == "copies of what resolvers fill";
  }
  EXPECT_TRUE(told);
}

// ---- CopiedResults alone ----

namespace copied {

using A = arch::Exemplar<elf::Layout32Be>;
constexpr uint64_t kWord = 4;

// Variables of images, copied and filled.
struct Model {
  Module<A> modules[3];
  std::vector<A::Layout::Sym> symbols;
  std::vector<PendingIfunc<A>> ifuncs;
  List<PendingCopy<A>> copies;
  CountingArena arena;
  CopiedResults<A> results;

  explicit Model(size_t variables) {
    for (uint32_t i = 0; i < 3; ++i) modules[i].node = i;
    symbols.reserve(variables);
  }
  ~Model() {
    results.Clear(arena);
    copies.Clear(arena);
    EXPECT_EQ(arena.live(), 0u);
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // The copy's place says which one it is.
  void Copy(size_t module, uint32_t value, uint64_t size) {
    symbols.push_back({});
    symbols.back().value = value;
    const auto place = static_cast<uint32_t>(copies.size());
    EXPECT_TRUE(copies.Add(arena, {&modules[0], place, size, {&modules[module], &symbols.back()}}));
  }
  void Fill(size_t module, uint32_t place, bool slot = false) {
    ifuncs.push_back({&modules[module], place, 0, 0, slot});
  }
  bool Build() { return results.Build(arena, copies, ifuncs); }

  // Bytes of copies, as copy and offset; `parts` is how many parts they are visited in.
  using Bytes = std::set<std::pair<uint32_t, uint64_t>>;
  Bytes Visited(size_t& parts) {
    Bytes bytes;
    parts = 0;
    for (const Module<A>& module : modules) {
      for (const PendingCopy<A>& copy : results.Of(copies.span(), module)) {
        EXPECT_EQ(copy.from.module, &module);
        results.ForEachPart(copy, [&](uint64_t offset, uint64_t size) {
          ++parts;
          for (uint64_t i = 0; i < size; ++i) bytes.emplace(copy.place, offset + i);
        });
      }
    }
    return bytes;
  }
};

TEST(CopiedResults, AreThoseOfALookAtAll) {
  std::mt19937 random(4711);
  const auto below = [&](uint32_t end) { return static_cast<uint32_t>(random() % end); };
  for (int round = 0; round < 200; ++round) {
    Model model(30);
    for (uint32_t i = below(31); i > 0; --i) model.Copy(below(3), below(200), 1 + below(40));
    for (uint32_t i = below(31); i > 0; --i) model.Fill(below(3), below(240), below(8) == 0);
    Model::Bytes expected;
    std::set<uint32_t> left;
    for (const PendingCopy<A>& copy : model.copies) {
      for (const PendingIfunc<A>& ifunc : model.ifuncs) {
        if (ifunc.slot || ifunc.module != copy.from.module) continue;
        for (uint64_t at = ifunc.place; at < ifunc.place + kWord; ++at) {
          const uint64_t offset = at - copy.from.symbol->value;
          if (offset >= copy.size) continue;
          expected.emplace(copy.place, offset);
          left.insert(copy.place);
        }
      }
    }
    ASSERT_TRUE(model.Build());
    size_t parts = 0;
    ASSERT_EQ(model.Visited(parts), expected) << round;
    EXPECT_EQ(model.copies.size(), left.size());
  }
}

// All images of a program together have many resolvers, and few if any fill what is copied.
TEST(CopiedResults, TakeMemoryOnlyForWordsThatAreCopied) {
  Model model(100);
  for (uint32_t i = 0; i < 100; ++i) model.Copy(i % 2, 0x1000 + 8 * i, 4);
  for (uint32_t i = 0; i < 1000; ++i) model.Fill(i % 3, 0x2000 + 4 * i);
  for (uint32_t i = 0; i < 100; ++i) model.Fill((i + 1) % 2, 0x1000 + 8 * i);  // of the other image
  for (uint32_t i = 0; i < 100; ++i) model.Fill(2, 0x1000 + 8 * i);
  const size_t made = model.arena.made();
  ASSERT_TRUE(model.Build());
  EXPECT_EQ(model.arena.made(), made);
  EXPECT_TRUE(model.copies.empty());
}

// What a hostile image may have: as many of both as its file has bytes for.
TEST(CopiedResults, CostAsMuchAsThereAreWordsInCopies) {
  Model same(1000);
  for (uint32_t i = 0; i < 1000; ++i) same.Copy(1, 0x1000, 8);
  for (uint32_t i = 0; i < 1000; ++i) same.Fill(1, 0x1000);
  ASSERT_TRUE(same.Build());
  size_t parts = 0;
  EXPECT_EQ(same.Visited(parts).size(), 4000u);
  EXPECT_EQ(parts, 1000u);

  // One variable has all the others, and those have one word each.
  Model nested(1000);
  nested.Copy(1, 0x1000, 0x10000);
  for (uint32_t i = 1; i < 1000; ++i) nested.Copy(1, 0x1000 + 8 * i, 8);
  for (uint32_t i = 0; i < 1000; ++i) nested.Fill(1, 0x1000 + 8 * i);
  ASSERT_TRUE(nested.Build());
  EXPECT_EQ(nested.Visited(parts).size(), 4 * 1999u);
  EXPECT_EQ(parts, 1999u);
}

}  // namespace copied
}  // namespace
}  // namespace rtld
