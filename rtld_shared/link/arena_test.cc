// SPDX-License-Identifier: BSD-2-Clause
//
// Memory of a session is per image, never per symbol or relocation: a session over images with
// thirty times as many symbols, versions of them and relocations asks the arena as often.
//
//   0 -> 1, 2, 3, 4, 5   1 -> 2, 3, 4, 5   ...   4 -> 5

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using A = arch::Exemplar<elf::Layout64Le>;
using Builder = testing::ImageBuilder<A>;
constexpr int kImages = 6;

// No two of one 31-bit hash, as "1" and "0" at the end would be: those go to a list that grows.
std::string NameOf(int image, int symbol) {
  return std::to_string(image) + "_" + std::to_string(1000 + 2 * symbol);
}

// A program's scope that has to have built an index.
template <class Arch>
struct Indexed : IndexedScope<Arch, testing::CountingArena> {
  using Base = IndexedScope<Arch, testing::CountingArena>;
  using Base::Base;
  [[nodiscard]] bool SetClosure(std::span<Module<Arch>* const> closure) {
    return Base::SetClosure(closure) && Base::indexed();
  }
};

struct ProgramSeams : testing::TestSeams<A> {
  using Scope = Indexed<A>;
};

// `symbols` definitions in each image, and references to all of those of the images behind it, with
// relocations of every kind that a session does at once.
std::vector<std::byte> BuildImage(int image, int symbols) {
  Builder builder(std::to_string(image));
  builder.data_size = 0x10000;
  builder.bloom_words = 64;
  std::vector<uint64_t> words;
  for (int i = 0; i < symbols; ++i) {
    builder.Define(NameOf(image, i), Builder::kText, {.version = "V_1"});
    builder.Rela(builder.Word(), A::kRelative, 0, Builder::kText);
    words.push_back(builder.Word(Builder::kText));
  }
  builder.RelrWords(Builder::RelrOf(words));
  for (int other = image + 1; other < kImages; ++other) {
    builder.Needed(std::to_string(other));
    for (int i = 0; i < symbols; ++i) {
      const uint32_t symbol =
          builder.Refer(NameOf(other, i), {.version = "V_1", .file = std::to_string(other)});
      builder.JmpRela(builder.Word(), A::kJumpSlot, symbol);
      builder.Rela(builder.Word(), A::kSymbol, symbol, 4);
    }
  }
  return builder.Build();
}

template <class Bench, class MakeScope>
size_t CallsOf(const Policy& policy, int symbols, MakeScope&& make_scope) {
  Bench bench(policy);
  for (int image = 0; image < kImages; ++image) {
    bench.AddLibrary(std::to_string(image), BuildImage(image, symbols));
  }
  const auto session = bench.NewSession(make_scope(bench.arena));
  Committed<typename Bench::SeamsType> out;
  EXPECT_TRUE(session->AddRoot(*bench.files[0]) && session->Plan() && session->Map() &&
              session->Relocate() && session->Protect() && session->Seal())
      << bench.diagnostics.text();
  EXPECT_TRUE(std::move(*session).Commit(out)) << bench.diagnostics.text();
  EXPECT_EQ(out.records.size(), size_t{kImages});
  const size_t calls = bench.arena.made();
  bench.Take(out);
  return calls;
}

size_t CallsOfModules(int symbols) {
  return CallsOf<testing::Bench<testing::TestSeams<A, ModuleScope>>>(
      kKernelPolicy, symbols, [](testing::CountingArena&) { return ModuleScope<A>(); });
}
size_t CallsOfProgram(int symbols) {
  return CallsOf<testing::Bench<ProgramSeams>>(
      kProgramPolicy, symbols, [](testing::CountingArena& arena) { return Indexed<A>(arena); });
}

TEST(Arena, CallsDoNotDependOnHowManySymbolsModulesHave) {
  const size_t few = CallsOfModules(10);
  EXPECT_GT(few, 10u);
  EXPECT_EQ(CallsOfModules(300), few);
}

TEST(Arena, CallsDoNotDependOnHowManySymbolsAProgramHas) {
  const size_t few = CallsOfProgram(10);
  EXPECT_GT(few, 10u);
  EXPECT_EQ(CallsOfProgram(300), few);
}

}  // namespace
}  // namespace rtld
