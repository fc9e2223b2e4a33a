// SPDX-License-Identifier: BSD-2-Clause
//
// Scopes of programs against a model that knows no ELF: images are lists of numbers, their graph is
// searched breadth first, and every image is asked in turn. Graphs and names are random, seeded:
// cycles, diamonds, names defined in many images, weakly, hidden, in several versions.
//
//   lib0 -> lib3, lib7   lib3 -> lib7, lib0   ...     open(0): 0 3 7 ...   open(5): what is new of 5's

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "rtld_shared/link/scope_index.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

constexpr int kImages = 12;
constexpr int kNames = 50;
constexpr int kVersions = 3;  // 0 stands for none

struct ModelDefinition {
  int name = 0;
  int version = 0;
  bool bound_by_version_only = false;  // name@VERSION
  bool hidden = false;                 // STV_HIDDEN: not for others
  bool weak = false;
  uint64_t value = 0;
};

struct ModelImage {
  std::vector<ModelDefinition> definitions;
  std::vector<int> needed;
};

using Order = std::vector<int>;

// Chains of DT_HASH begin with the symbol that was put in last.
bool HasOnlySysvHash(int image) { return image % 4 == 3; }

class Model {
 public:
  explicit Model(uint32_t seed) : random_(seed) {
    for (int i = 0; i < kImages; ++i) {
      ModelImage& image = images_.emplace_back();
      for (int edges = static_cast<int>(random_() % 4); edges > 0; --edges) {
        const int to = static_cast<int>(random_() % kImages);
        if (std::count(image.needed.begin(), image.needed.end(), to) == 0) {
          image.needed.push_back(to);
        }
      }
      for (int name = 0; name < kNames; ++name) Define(image, name);
    }
  }

  [[nodiscard]] const std::vector<ModelImage>& images() const { return images_; }
  [[nodiscard]] std::mt19937& random() { return random_; }

  // Appends what is not in `order` yet, breadth first from `root`.
  void Open(int root, Order& order) const {
    std::vector<bool> seen(kImages, false);
    Order queue = {root};
    seen[static_cast<size_t>(root)] = true;
    for (size_t i = 0; i < queue.size(); ++i) {
      for (const int needed : images_[static_cast<size_t>(queue[i])].needed) {
        if (!seen[static_cast<size_t>(needed)]) queue.push_back(needed);
        seen[static_cast<size_t>(needed)] = true;
      }
    }
    for (const int image : queue) {
      if (std::count(order.begin(), order.end(), image) == 0) order.push_back(image);
    }
  }

  struct Found {
    int image;
    uint64_t value;
  };
  // Weak definitions count like any other. A reference with a version binds to that version or to a
  // definition without one; a reference without takes no name@VERSION.
  [[nodiscard]] std::optional<Found> Find(const Order& order, int name, int version) const {
    for (const int image : order) {
      std::vector<ModelDefinition> definitions = images_[static_cast<size_t>(image)].definitions;
      if (HasOnlySysvHash(image)) std::reverse(definitions.begin(), definitions.end());
      for (const ModelDefinition& one : definitions) {
        if (one.name != name || one.hidden) continue;
        const bool fits =
            version == 0 || one.version == 0 ? !one.bound_by_version_only : one.version == version;
        if (fits) return Found{image, one.value};
      }
    }
    return std::nullopt;
  }

 private:
  // Not at all, once, or in several versions of which one is the default.
  void Define(ModelImage& image, int name) {
    const auto add = [&](int version, bool only_by_version) {
      image.definitions.push_back({.name = name,
                                   .version = version,
                                   .bound_by_version_only = only_by_version,
                                   .hidden = random_() % 6 == 0,
                                   .weak = random_() % 3 == 0,
                                   .value = 0x51000 + 8 * (image.definitions.size() + 1)});
    };
    switch (random_() % 6) {
      case 0:
        return add(0, false);
      case 1:
        return add(1 + static_cast<int>(random_() % 2), random_() % 2 == 0);
      case 2:
        add(1, true);
        return add(2, false);
      case 3:
        add(0, false);
        return add(1, true);
      default:
        return;
    }
  }

  std::mt19937 random_;
  std::vector<ModelImage> images_;
};

// "Aa" and "B@" have one GNU hash: names come in pairs that differ in nothing else a table sees.
std::string NameOf(int name) { return (name % 2 == 0 ? "Aa" : "B@") + std::to_string(name / 2); }
std::string VersionOf(int version) {
  return version == 0 ? std::string() : "V_" + std::to_string(version);
}
std::string SonameOf(int image) { return "lib" + std::to_string(image) + ".so"; }

// One of the two, as a test wants it; small scopes need no index. `built` counts those that had one.
template <class A>
struct WalkOrIndex {
  static constexpr bool kGlobal = true;
  std::optional<IndexedScope<A, testing::CountingArena>> index;
  int* built = nullptr;
  ProgramScope<A> walk;

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    if (!index.has_value()) return walk.SetClosure(closure);
    if (!index->SetClosure(closure)) return false;
    *built += index->indexed() ? 1 : 0;
    return true;
  }
  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    return index.has_value() ? index->Resolve(request, definition)
                             : walk.Resolve(request, definition);
  }
};

template <class L>
class ScopeModelTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = testing::ImageBuilder<A>;
  using Bench = testing::Bench<testing::TestSeams<A, ProgramScope>>;

  static void DefineAll(const ModelImage& image, uint32_t number, Builder& builder) {
    builder.buckets = 1 + number % 7;
    builder.gnu_hash = !HasOnlySysvHash(static_cast<int>(number));
    builder.sysv_hash = number % 4 >= 2;
    for (const ModelDefinition& one : image.definitions) {
      testing::SymbolOptions options;
      options.bind = one.weak ? elf::kStbWeak : elf::kStbGlobal;
      options.visibility = one.hidden ? elf::kStvHidden : elf::kStvDefault;
      options.version = VersionOf(one.version);
      options.hidden_version = one.bound_by_version_only;
      builder.Define(NameOf(one.name), one.value, options);
    }
  }
  // One reference for each name and version; a word of data takes its value.
  static std::vector<uint64_t> ReferToAll(Builder& builder) {
    std::vector<uint64_t> words;
    for (int i = 0; i < kNames * kVersions; ++i) {
      testing::SymbolOptions options = {.bind = elf::kStbWeak, .version = VersionOf(i % kVersions)};
      if (!options.version.empty()) options.file = "nobody.so";
      words.push_back(builder.Word());
      builder.Rela(words.back(), A::kSymbol, builder.Refer(NameOf(i / kVersions), options));
    }
    return words;
  }
};
TYPED_TEST_SUITE(ScopeModelTest, rtld::testing::Layouts);

// dlopen and dlclose in any order, on an index that is kept: what is opened comes behind what is
// there, what no opened image needs any more goes.
TYPED_TEST(ScopeModelTest, KeptIndexAnswersLikeASearchOfWhatIsOpen) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  Model model(20260402);
  typename TestFixture::Bench bench(kProgramPolicy);
  for (int i = 0; i < kImages; ++i) {
    Builder builder(SonameOf(i));
    this->DefineAll(model.images()[static_cast<size_t>(i)], static_cast<uint32_t>(i), builder);
    ASSERT_TRUE(bench.Link(bench.AddFile(SonameOf(i), builder.Build())))
        << bench.diagnostics.text();
  }
  const std::vector<typename TestFixture::Bench::Record*> images = bench.committed;
  Builder user("user.so");
  (void)this->ReferToAll(user);
  ASSERT_TRUE(bench.Link(bench.AddFile("user.so", user.Build()))) << bench.diagnostics.text();
  const Module<A>& from = *bench.Find("user.so");

  const auto modules_of = [&](const Order& order) {
    std::vector<Module<A>*> modules;
    for (const int image : order) modules.push_back(images[static_cast<size_t>(image)]);
    return modules;
  };
  ScopeIndex<A> index;
  Order roots, order;
  int found = 0, missing = 0, closed = 0;
  for (int step = 0; step < 60; ++step) {
    SCOPED_TRACE(step);
    const Order before = order;
    // In turns of growing and shrinking.
    if (roots.empty() || model.random()() % 10 < (step / 10 % 2 == 0 ? 8 : 3)) {
      roots.push_back(static_cast<int>(model.random()() % kImages));
      model.Open(roots.back(), order);
      const Order added(order.begin() + static_cast<ptrdiff_t>(before.size()), order.end());
      ASSERT_TRUE(index.Add(bench.arena, modules_of(added)));
    } else {
      roots.erase(roots.begin() + static_cast<ptrdiff_t>(model.random()() % roots.size()));
      Order needed;
      for (const int root : roots) model.Open(root, needed);
      Order kept, removed;
      for (const int image : before) {
        const bool stays = std::count(needed.begin(), needed.end(), image) != 0;
        (stays ? kept : removed).push_back(image);
      }
      order = kept;
      closed += static_cast<int>(removed.size());
      index.Remove(modules_of(removed));
    }
    for (uint32_t i = 1; i <= kNames * kVersions; ++i) {
      // Symbols of the builder stand in the order of reference.
      const int reference = static_cast<int>(i) - 1;
      const auto wanted = model.Find(order, reference / kVersions, reference % kVersions);
      Definition<A> definition;
      const ProgramQuery<A> query({from, i, from.dynamic.symbols[i]});
      ASSERT_EQ(query.name().text, NameOf(reference / kVersions));
      ASSERT_EQ(index.Find(query, definition), wanted.has_value()) << i;
      ++(wanted.has_value() ? found : missing);
      if (!wanted.has_value()) continue;
      EXPECT_EQ(definition.module, images[static_cast<size_t>(wanted->image)]) << i;
      EXPECT_EQ(definition.symbol->value, wanted->value) << i;
    }
  }
  EXPECT_GT(found, 2000);
  EXPECT_GT(missing, 500);
  EXPECT_GT(closed, 15);
  index.Clear(bench.arena);
}

// A whole session: every word of every image of a random graph is the model's answer, by walk and
// by index.
TYPED_TEST(ScopeModelTest, SessionsBindLikeABreadthFirstSearch) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  using Addr = typename TypeParam::Addr;
  for (const bool indexed : {false, true}) {
    SCOPED_TRACE(indexed);
    Model model(20260403);
    testing::CountingArena of_scope;
    int built = 0;
    testing::Bench<testing::TestSeams<A, WalkOrIndex>> bench(kProgramPolicy);
    std::vector<std::vector<uint64_t>> words;
    for (int i = 0; i < kImages; ++i) {
      const ModelImage& image = model.images()[static_cast<size_t>(i)];
      Builder builder(SonameOf(i));
      this->DefineAll(image, static_cast<uint32_t>(i), builder);
      words.push_back(this->ReferToAll(builder));
      for (const int needed : image.needed) builder.Needed(SonameOf(needed));
      bench.AddLibrary(SonameOf(i), builder.Build());
    }
    // Roots one by one until all are linked; each session is a program of its own.
    for (int root = 0; root < kImages; ++root) {
      SCOPED_TRACE(root);
      Order order;
      model.Open(root, order);
      WalkOrIndex<A> scope;
      scope.built = &built;
      if (indexed) scope.index.emplace(of_scope);
      const auto session = bench.NewSession(std::move(scope));
      ASSERT_TRUE(session->AddRoot(*bench.files[static_cast<size_t>(root)]) && session->Plan() &&
                  session->Map() && session->Relocate())
          << bench.diagnostics.text();
      ASSERT_EQ(session->records().size(), order.size());
      for (size_t at = 0; at < order.size(); ++at) {
        auto& record = *session->records()[at];
        ASSERT_EQ(record.name, SonameOf(order[at]));
        for (int i = 0; i < kNames * kVersions; ++i) {
          const auto wanted = model.Find(order, i / kVersions, i % kVersions);
          uint64_t value = 0;
          if (wanted.has_value()) {
            const auto place = std::find(order.begin(), order.end(), wanted->image);
            value = session->records()[static_cast<size_t>(place - order.begin())]->RunTime(
                wanted->value);
          }
          const uint64_t word = words[static_cast<size_t>(order[at])][static_cast<size_t>(i)];
          ASSERT_EQ(bench.WordAt(record, word), static_cast<Addr>(value)) << at << " " << i;
        }
      }
    }
    EXPECT_EQ(built > 1, indexed);
  }
}

// No memory at any point: nothing of what was to be added is there, and what was there still is.
TYPED_TEST(ScopeModelTest, FailedAddLeavesTheIndexAsItWas) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::Bench bench(kProgramPolicy);
  for (int image = 0; image < 3; ++image) {
    Builder builder(SonameOf(image));
    for (int i = 0; i < 40; ++i) builder.Define(NameOf(i + 20 * image), Builder::kData);
    ASSERT_TRUE(bench.Link(bench.AddFile(SonameOf(image), builder.Build())));
  }
  Builder user("user.so");
  (void)this->ReferToAll(user);
  ASSERT_TRUE(bench.Link(bench.AddFile("user.so", user.Build())));
  const Module<A>& from = *bench.Find("user.so");
  const std::vector<Module<A>*> modules(bench.committed.begin(), bench.committed.begin() + 3);
  const std::span<Module<A>* const> all(modules);
  size_t fail_at = 0;
  for (;; ++fail_at) {
    testing::CountingArena arena(fail_at);
    ScopeIndex<A> index;
    const bool first = index.Add(arena, all.first(1));
    const bool rest = first && index.Add(arena, all.subspan(1));
    for (uint32_t i = 1; i <= kNames * kVersions; ++i) {
      const ProgramQuery<A> query({from, i, from.dynamic.symbols[i]});
      Definition<A> by_index, by_walk;
      const auto there = rest ? all : first ? all.first(1) : all.first(0);
      ASSERT_EQ(index.Find(query, by_index), SearchInOrder(there, query, by_walk)) << i;
      ASSERT_EQ(by_index.module, by_walk.module);
      ASSERT_EQ(by_index.symbol, by_walk.symbol);
    }
    index.Clear(arena);
    EXPECT_EQ(arena.live(), 0u);
    EXPECT_EQ(arena.bad_frees(), 0u);
    if (arena.refused() == 0) break;
    ASSERT_FALSE(rest);
  }
  EXPECT_GT(fail_at, 4u);
}

}  // namespace
}  // namespace rtld
