// SPDX-License-Identifier: BSD-2-Clause
//
// The index gives the answers of a walk, whatever the images: names defined again and again, in
// versions, hidden, under equal hashes, with either hash table; and it is built only when it pays.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

using testing::SymbolOptions;

template <class L>
class ScopeIndexTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = testing::ImageBuilder<A>;
  using Bench = testing::Bench<testing::TestSeams<A, ProgramScope>>;

  // Links each image alone, in order, so that all may be asked for with any scope.
  void Add(Builder& builder, const std::string& name) {
    ASSERT_TRUE(bench.Link(bench.AddFile(name, builder.Build()))) << bench.diagnostics.text();
    modules.push_back(bench.committed.back());
  }

  Bench bench{kProgramPolicy};
  std::vector<Module<A>*> modules;
};
TYPED_TEST_SUITE(ScopeIndexTest, rtld::testing::Layouts);

TYPED_TEST(ScopeIndexTest, AnswersLikeAWalk) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  // 12 images with 60 symbols each out of 150 names; each refers to all names, weakly, so that it
  // links alone. "Aa" and "B@" have one GNU hash, so names that begin with them collide.
  std::mt19937 random(20260101);
  const auto name_of = [](uint32_t i) {
    return std::string(i % 2 == 0 ? "Aa" : "B@") + std::to_string(i / 2);
  };
  for (int image = 0; image < 12; ++image) {
    const std::string soname = "lib" + std::to_string(image) + ".so";
    Builder builder(soname);
    builder.buckets = 1 + random() % 40;
    builder.gnu_hash = image % 4 != 3;
    builder.sysv_hash = image % 4 >= 2;
    std::vector<uint32_t> names(150);
    for (uint32_t i = 0; i < names.size(); ++i) names[i] = i;
    std::shuffle(names.begin(), names.end(), random);
    for (uint32_t i = 0; i < 60; ++i) {
      SymbolOptions options;
      if (random() % 5 == 0) options.visibility = elf::kStvHidden;
      if (random() % 3 == 0) options.version = random() % 2 == 0 ? "V_1" : "V_2";
      if (!options.version.empty()) options.hidden_version = random() % 3 == 0;
      builder.Define(name_of(names[i]), Builder::kData + 8 * (i + 1), options);
    }
    for (uint32_t i = 60; i < 150; ++i) {
      SymbolOptions options = {.bind = elf::kStbWeak};
      if (random() % 3 == 0) {
        options.version = random() % 2 == 0 ? "V_1" : "V_2";
        options.file = "lib0.so";
      }
      builder.Refer(name_of(names[i]), options);
    }
    this->Add(builder, soname);
  }
  std::span<Module<A>* const> all(this->modules);
  ProgramScope<A> walk(all.first(5));
  ASSERT_TRUE(walk.SetClosure(all.subspan(5)));
  for (Module<A>* module : this->modules) module->relocated = false;
  {
    IndexedScope<A, testing::CountingArena> indexed(this->bench.arena, all.first(5));
    ASSERT_TRUE(indexed.SetClosure(all.subspan(5)));
    ASSERT_TRUE(indexed.indexed());
    int found = 0, missing = 0;
    for (Module<A>* module : this->modules) {
      for (uint32_t i = 1; i <= 150; ++i) {
        const auto& symbol = module->dynamic.symbols[i];
        for (const bool slot : {false, true}) {
          for (const bool copy : {false, true}) {
            const Request<A> request = {*module, i, symbol, slot, copy};
            Definition<A> a, b;
            const bool in_walk = walk.Resolve(request, a);
            ASSERT_EQ(indexed.Resolve(request, b), in_walk) << module->NameOf(symbol);
            ASSERT_EQ(a.module, b.module);
            ASSERT_EQ(a.symbol, b.symbol);
            (in_walk ? found : missing) += 1;
          }
        }
      }
    }
    EXPECT_GT(found, 1000);
    EXPECT_GT(missing, 10);
  }
  for (Module<A>* module : this->modules) module->relocated = true;
}

// In a few slots, runs of them often go over the table's end.
TYPED_TEST(ScopeIndexTest, SmallTablesStayWholeWhenImagesGo) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  constexpr uint32_t kSymbols = 3;
  for (int image = 0; image < 12; ++image) {
    const std::string soname = "lib" + std::to_string(image) + ".so";
    Builder builder(soname);
    for (uint32_t i = 0; i < kSymbols; ++i) {
      builder.Define("s" + std::to_string(image) + "_" + std::to_string(i), Builder::kData + 8 * i);
    }
    this->Add(builder, soname);
  }
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::shuffle(this->modules.begin(), this->modules.end(), random);
    const std::span<Module<A>* const> some = std::span(this->modules).first(2 + random() % 4);
    ScopeIndex<A> index;
    ASSERT_TRUE(index.Add(this->bench.arena, some));
    for (size_t gone = 0; gone <= some.size(); ++gone) {
      for (size_t at = 0; at < some.size(); ++at) {
        for (uint32_t i = 1; i <= kSymbols; ++i) {
          const auto& symbol = some[at]->dynamic.symbols[i];
          Definition<A> definition;
          ASSERT_EQ(index.Find(ProgramQuery<A>({*some[at], i, symbol}), definition), at >= gone)
              << "round " << round << ", " << gone << " of " << some.size()
              << " gone: " << some[at]->NameOf(symbol);
          if (at >= gone) {
            ASSERT_EQ(definition.symbol, &symbol);
          }
        }
      }
      if (gone < some.size()) index.Remove(some.subspan(gone, 1));
    }
    index.Clear(this->bench.arena);
  }
}

TYPED_TEST(ScopeIndexTest, FirstDefinitionInScopeOrderWins) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  Builder first("1.so"), second("2.so"), user("3.so");
  first.Define("f", Builder::kData);
  second.Define("f", Builder::kData + 8);
  for (int i = 0; i < 100; ++i) user.Refer("u" + std::to_string(i), {.bind = elf::kStbWeak});
  user.Refer("f", {.bind = elf::kStbWeak});
  this->Add(first, "1.so");
  this->Add(second, "2.so");
  this->Add(user, "3.so");
  Module<A>* const order[] = {this->modules[1], this->modules[0], this->modules[2]};
  this->modules[2]->relocated = false;
  IndexedScope<A, testing::CountingArena> scope(this->bench.arena);
  ASSERT_TRUE(scope.SetClosure(order));
  ASSERT_TRUE(scope.indexed());
  Definition<A> definition;
  const auto& symbol = this->modules[2]->dynamic.symbols[101];
  ASSERT_EQ(this->modules[2]->NameOf(symbol), "f");
  ASSERT_TRUE(scope.Resolve({*this->modules[2], 101, symbol}, definition));
  EXPECT_EQ(definition.module, this->modules[1]);
  EXPECT_EQ(definition.value(), this->modules[1]->RunTime(Builder::kData + 8));
  this->modules[2]->relocated = true;
}

TYPED_TEST(ScopeIndexTest, WalksWhenThatIsCheaperOrMemoryIsShort) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  Builder rich("rich.so"), user("user.so");
  for (int i = 0; i < 50; ++i) rich.Define("d" + std::to_string(i), Builder::kData);
  for (int i = 0; i < 200; ++i) user.Refer("d" + std::to_string(i), {.bind = elf::kStbWeak});
  this->Add(rich, "rich.so");
  this->Add(user, "user.so");
  this->modules[1]->relocated = false;
  const Request<A> request = {*this->modules[1], 1, this->modules[1]->dynamic.symbols[1]};
  Definition<A> definition;
  {
    // 2 images and 201 lookups against 50 symbols: it pays, but there is no memory.
    testing::CountingArena none(0);
    IndexedScope<A, testing::CountingArena> scope(none);
    ASSERT_TRUE(scope.SetClosure(this->modules));
    EXPECT_EQ(none.refused(), 1u);
    EXPECT_FALSE(scope.indexed());
    EXPECT_TRUE(scope.Resolve(request, definition));
    EXPECT_EQ(definition.module, this->modules[0]);
  }
  {
    // Nothing left to look up.
    this->modules[1]->relocated = true;
    IndexedScope<A, testing::CountingArena> scope(this->bench.arena);
    ASSERT_TRUE(scope.SetClosure(this->modules));
    EXPECT_FALSE(scope.indexed());
    EXPECT_TRUE(scope.Resolve(request, definition));
  }
}

}  // namespace
}  // namespace rtld
