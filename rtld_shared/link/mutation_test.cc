// SPDX-License-Identifier: BSD-2-Clause
//
// Images with random damage, linked under both policies: whatever happens, no byte outside an image
// is touched (each segment is an allocation of its own, so a sanitizer sees it), a refusal is told,
// and nothing is left behind.

#include <gtest/gtest.h>

#include <random>

#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

#ifndef RTLD_TESTING_DAMAGED
#define RTLD_TESTING_DAMAGED 600
#endif
constexpr int kRounds = RTLD_TESTING_DAMAGED;

template <class L>
class MutationTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = testing::ImageBuilder<A>;

  // Something of everything.
  static std::vector<std::byte> Rich(const std::string& soname, bool sysv) {
    Builder builder(soname);
    builder.gnu_hash = !sysv;
    builder.sysv_hash = sysv;
    builder.Needed("dep.so").BuildId("0123456789abcdef");
    std::vector<uint64_t> places;
    for (int i = 0; i < 100; ++i) places.push_back(builder.Word(Builder::kText + i));
    builder.RelrWords(Builder::RelrOf(places));
    builder.Define("defined", Builder::kData, {.version = "V_1"});
    const uint32_t ifunc = builder.Define("chosen", Builder::kText, {.type = elf::kSttGnuIfunc});
    const uint32_t wanted = builder.Refer("f", {.version = "D_1", .file = "dep.so"});
    const uint32_t weak = builder.Refer("weak", {.bind = elf::kStbWeak});
    builder.Rela(builder.Word(), A::kRelative, 0, Builder::kText);
    builder.Rela(builder.Word(), A::kSymbol, wanted, 4);
    builder.Rela(builder.Word(), A::kSymbol, weak);
    builder.Rela(builder.Word(), A::kSymbol, ifunc);
    builder.Rela(builder.Word(), A::kPc32, builder.Define("near", Builder::kData + 8), 1);
    builder.Rela(builder.Word(), A::kCustom, 0, 0x100);
    builder.Rel(builder.Word(8), A::kSymbol, wanted);
    builder.JmpRela(builder.RelroWord(), A::kJumpSlot, wanted);
    builder.JmpRela(builder.RelroWord(), A::kIrelative, 0, Builder::kText);
    const uint64_t array = builder.RelroWord();
    builder.Rela(array, A::kRelative, 0, Builder::kText);
    builder.Dynamic(elf::kDtInitArray, array)
        .Dynamic(elf::kDtInitArraySz, sizeof(typename L::Addr));
    return builder.Build();
  }
  static std::vector<std::byte> Dep() {
    Builder builder("dep.so");
    builder.Define("f", Builder::kText, {.type = elf::kSttFunc, .version = "D_1"});
    return builder.Build();
  }

  // The parts in which damage means something: headers and tables, dynamic section.
  static void Damage(std::vector<std::byte>& bytes, std::mt19937& random) {
    const int count = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < count; ++i) {
      const size_t head = 0x1800 < bytes.size() ? 0x1800 : bytes.size();
      const size_t at = random() % 3 == 0 ? random() % bytes.size() : random() % head;
      switch (random() % 4) {
        case 0:
          bytes[at] = std::byte(random());
          break;
        case 1:
          bytes[at] ^= std::byte(1 << random() % 8);
          break;
        case 2:
          for (size_t k = at; k < at + 4 && k < bytes.size(); ++k) bytes[k] = std::byte{0xff};
          break;
        default:
          bytes[at] = std::byte{0};
          break;
      }
    }
    if (random() % 20 == 0) bytes.resize(random() % bytes.size());
  }

  template <class Bench>
  static void Check(Bench& bench, bool linked) {
    EXPECT_EQ(bench.arena.bad_frees(), 0u);
    if (linked) return;
    EXPECT_FALSE(bench.diagnostics.errors().empty());
    EXPECT_EQ(bench.arena.live(), 0u);
    EXPECT_EQ(bench.loader.live(), 0u);
    EXPECT_EQ(bench.loader.bad_releases(), 0u);
  }
};
TYPED_TEST_SUITE(MutationTest, rtld::testing::Layouts);

TYPED_TEST(MutationTest, DamagedImagesAreLinkedOrRefusedCleanly) {
  using A = typename TestFixture::A;
  std::mt19937 random(4711);
  const std::vector<std::byte> dep = TestFixture::Dep();
  const std::vector<std::byte> by_gnu_hash = TestFixture::Rich("x.so", false);
  const std::vector<std::byte> by_sysv_hash = TestFixture::Rich("x.so", true);
  int linked_count = 0, refused_count = 0;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    std::vector<std::byte> bytes = round % 3 == 0 ? by_sysv_hash : by_gnu_hash;
    std::vector<std::byte> dep_bytes = dep;
    TestFixture::Damage(round % 4 == 0 ? dep_bytes : bytes, random);
    bool linked = false;
    if (round % 2 == 0) {
      testing::Bench<testing::TestSeams<A>> bench(kKernelPolicy);
      bench.AddLibrary("dep.so", dep_bytes);
      linked = bench.Link(bench.AddFile("x.so", bytes));
      TestFixture::Check(bench, linked);
    } else {
      testing::Bench<testing::TestSeams<A, ProgramScope>> bench(kProgramPolicy);
      bench.AddLibrary("dep.so", dep_bytes);
      linked = bench.Link(bench.AddFile("x.so", bytes));
      TestFixture::Check(bench, linked);
      // The index reads all chains of whatever was linked.
      std::vector<Module<A>*> modules(bench.committed.begin(), bench.committed.end());
      for (Module<A>* module : modules) module->relocated = false;
      IndexedScope<A, testing::CountingArena> scope(bench.arena);
      EXPECT_TRUE(scope.SetClosure(modules));
    }
    (linked ? linked_count : refused_count) += 1;
    if (this->HasFailure()) break;
  }
  // Damage in padding and in data does no harm; enough of it does.
  EXPECT_GT(linked_count, kRounds / 12);
  EXPECT_GT(refused_count, kRounds / 12);
}

}  // namespace
}  // namespace rtld
