// SPDX-License-Identifier: BSD-2-Clause
//
// What a hostile image may do to an index: as hostile_test.cc, for ScopeIndex alone, and what else
// hash tables can say that no honest one does.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "rtld_shared/link/scope_index.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/one_chain.h"

namespace rtld {
namespace {

using testing::OneChain;
using testing::Referrer;

class HostileIndexTest : public ::testing::Test {
 public:
  using A = OneChain::A;

  ~HostileIndexTest() override {
    index.Clear(arena);
    EXPECT_EQ(arena.live(), 0u);
  }

  [[nodiscard]] bool Add(OneChain& image) {
    Module<A>* const modules[] = {&image.module()};
    return index.Add(arena, modules);
  }
  void Remove(OneChain& image) {
    Module<A>* const modules[] = {&image.module()};
    index.Remove(modules);
  }
  // Which of the images has the name, nullptr when none has.
  [[nodiscard]] const Module<A>* Finds(const std::string& name) const {
    const Referrer from(name);
    Definition<A> definition;
    return index.Find(from.query(), definition) ? definition.module : nullptr;
  }

  // The index spreads keys by a multiplication and takes the upper bits for the place; the inverse
  // gives keys that all want one of the first.
  [[nodiscard]] static std::vector<uint32_t> CrowdingKeys(size_t count) {
    constexpr uint32_t kInverse = 0xe8b2f51;
    static_assert(static_cast<uint32_t>(uint64_t{0x9e3779b1} * kInverse) == 1);
    std::vector<uint32_t> keys;
    for (uint32_t spread = 0; keys.size() < count; ++spread) {
      if (const uint32_t key = spread * kInverse; key % 2 == 1) keys.push_back(key);
    }
    return keys;
  }
  [[nodiscard]] static std::vector<uint32_t> HonestKeys(size_t count) {
    std::mt19937 random(20260403);
    std::vector<uint32_t> keys;
    while (keys.size() < count) keys.push_back(static_cast<uint32_t>(random()));
    return keys;
  }
  // The hash under which the index has an image itself, which is found again by its address.
  [[nodiscard]] static uint32_t KeyOf(OneChain& image) {
    const uint64_t address = reinterpret_cast<uintptr_t>(&image.module());
    return static_cast<uint32_t>((address * uint64_t{0x9e3779b97f4a7c15}) >> 32);
  }

  testing::CountingArena arena;
  ScopeIndex<A> index;
};

// Names that share their bytes are not hashed for each symbol.
TEST_F(HostileIndexTest, NamesAreNotHashedForEver) {
  const std::string huge(size_t{1} << 20, 'h');
  OneChain image(std::vector<uint32_t>(300000), huge, /*sysv=*/true);
  EXPECT_FALSE(Add(image));
  // As an honest one has them: many names, none of them long.
  OneChain honest(std::vector<uint32_t>(300000), "an_ordinary_name", /*sysv=*/true);
  EXPECT_TRUE(Add(honest));
}

// Many symbols of one hash are taken out with their image, not one after the other past those of
// another image.
TEST_F(HostileIndexTest, SymbolsOfOneHashAreRemovedAtOnce) {
  constexpr size_t kSymbols = 500000;
  const uint32_t key = SymbolName("s").hash;
  OneChain kept(std::vector<uint32_t>(kSymbols, key), "s");
  OneChain removed(std::vector<uint32_t>(kSymbols, key), "s");
  kept.MakeDefault(1);
  ASSERT_TRUE(Add(removed));
  ASSERT_TRUE(Add(kept));
  Remove(removed);
  const Referrer from("s");
  Definition<A> definition;
  ASSERT_TRUE(index.Find(from.query(), definition));
  EXPECT_EQ(definition.module, &kept.module());
  EXPECT_EQ(definition.symbol, &kept.module().dynamic.symbols[1]);
}

TEST_F(HostileIndexTest, HashesThatCrowdMakeNoIndex) {
  constexpr size_t kKeys = 20000;
  OneChain other(HonestKeys(kKeys), "h"), hostile(CrowdingKeys(kKeys), "c");
  ASSERT_TRUE(index.Reserve(arena, kKeys));
  EXPECT_FALSE(Add(hostile));
  // The crowd is found out when the table grows, too: the larger one is given back.
  ScopeIndex<A> growing;
  Module<A>* const all[] = {&hostile.module()};
  EXPECT_FALSE(growing.Add(arena, all));
  growing.Clear(arena);
  // Nothing is left of it that stands in the way.
  EXPECT_TRUE(Add(other));
  EXPECT_FALSE(Add(hostile));
}

// What is moved into a larger table is paid for again, and pays again; places that were free do
// neither. With twenty thousand honest names, some 1,580 that crowd are the most.
TEST_F(HostileIndexTest, GrowingPaysForWhatIsThereAlone) {
  for (const size_t crowd : {1500, 1700}) {
    OneChain honest(HonestKeys(20000), "h"), hostile(CrowdingKeys(crowd), "c");
    ASSERT_TRUE(Add(honest));
    EXPECT_EQ(Add(hostile), crowd == 1500) << crowd;
    index.Clear(arena);
  }
}

// hostile has one symbol, whose hash is that of another image's address.
TEST_F(HostileIndexTest, HashesAreNotTakenForImages) {
  OneChain other({SymbolName("o").hash}, "o");
  OneChain hostile({KeyOf(other)}, "h");
  other.MakeDefault(1);
  ASSERT_TRUE(Add(hostile));
  Remove(other);  // is not there
  EXPECT_EQ(Finds("o"), nullptr);
  ASSERT_TRUE(Add(other));
  EXPECT_EQ(Finds("o"), &other.module());
  // It stands behind the symbol and is found again there: it is not added twice, and goes.
  ASSERT_TRUE(Add(other));
  Remove(other);
  EXPECT_EQ(Finds("o"), nullptr);
}

// Under one hash: symbols of two images, then the third itself, then one of the fourth.
TEST_F(HostileIndexTest, ImagesAreFoundBehindAndBeforeHashes) {
  OneChain other({SymbolName("o").hash}, "o");
  OneChain first({KeyOf(other)}, "1"), second({KeyOf(other)}, "2"), last({KeyOf(other)}, "3");
  other.MakeDefault(1);
  ASSERT_TRUE(Add(first));
  ASSERT_TRUE(Add(second));
  Remove(other);  // is not there, though two have its hash
  EXPECT_EQ(Finds("o"), nullptr);
  ASSERT_TRUE(Add(other));
  ASSERT_TRUE(Add(last));
  EXPECT_EQ(Finds("o"), &other.module());
  Remove(first);
  EXPECT_EQ(Finds("o"), &other.module());
  Remove(other);
  EXPECT_EQ(Finds("o"), nullptr);
  ASSERT_TRUE(Add(other));  // behind `last` now
  EXPECT_EQ(Finds("o"), &other.module());
}

}  // namespace
}  // namespace rtld
