// SPDX-License-Identifier: BSD-2-Clause
//
// Scopes of programs against a model that knows no ELF: images are lists of numbers, their graph is
// searched breadth first, and every image is asked in turn. Graphs and names are random, by many
// seeds: cycles, diamonds, names defined in many images, weakly, uniquely, hidden, in several
// versions, as canonical PLT entries; references of all kinds, jump slots and sources of copies too.
//
//   0 -> 3, 7   3 -> 7, 0   ...     0 is the program: 0 3 7 ...   open(5): what is new of 5's

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace rtld {
namespace {

constexpr int kModelImages = 100;
constexpr int kNames = 50;
constexpr int kVersions = 3;     // 0 stands for none
constexpr uint32_t kSeeds = 20;  // of each layout, all of them different: 80

struct ModelDefinition {
  int version = 0;
  bool bound_by_version_only = false;  // name@VERSION
  bool hidden = false;                 // STV_HIDDEN: not for others
  bool plt_address = false;            // undefined, but that is where its address is
  uint8_t bind = elf::kStbGlobal;
  uint64_t value = 0;
};

struct ModelImage {
  std::vector<ModelDefinition> definitions[kNames];
  std::vector<int> needed;
};

enum class Kind : uint8_t { kAddress, kJumpSlot, kCopy };

struct ModelRequest {
  int name;
  int version;
  Kind kind = Kind::kAddress;
  int from = 0;
};

using Order = std::vector<int>;

bool Has(const Order& order, int image) {
  return std::find(order.begin(), order.end(), image) != order.end();
}

// Chains of DT_HASH begin with the symbol that was put in last.
bool HasOnlySysvHash(int image) { return image % 4 == 3; }

class Model {
 public:
  explicit Model(uint32_t seed) : random_(seed), images_(kModelImages) {
    for (ModelImage& image : images_) {
      for (int edges = Pick(4); edges > 0; --edges) {
        const int to = Pick(kModelImages);
        if (!Has(image.needed, to)) image.needed.push_back(to);
      }
      uint64_t value = 0x51000;
      for (auto& definitions : image.definitions) Define(definitions, value);
    }
  }

  [[nodiscard]] const ModelImage& image(int i) const { return images_[static_cast<size_t>(i)]; }
  // 0 .. limit - 1
  [[nodiscard]] int Pick(size_t limit) { return static_cast<int>(random_() % limit); }

  // Appends what is not in `order` yet, breadth first from `root`.
  void Open(int root, Order& order) const {
    Order queue = {root};
    for (size_t i = 0; i < queue.size(); ++i) {
      for (const int needed : image(queue[i]).needed) {
        if (!Has(queue, needed)) queue.push_back(needed);
      }
    }
    for (const int one : queue) {
      if (!Has(order, one)) order.push_back(one);
    }
  }

  struct Found {
    int image;
    uint64_t value;
  };
  // Weak definitions count like any other. A reference with a version binds to that version or to a
  // definition without one; a reference without to what has none or the image's first version,
  // name@VERSION too, and only without such to a name@@VERSION. A PLT entry is an address of its own
  // version only, but no code to jump to; a copy is not made from itself.
  [[nodiscard]] std::optional<Found> Find(const Order& order, const ModelRequest& request) const {
    for (const int at : order) {
      if (request.kind == Kind::kCopy && at == request.from) continue;
      std::vector<ModelDefinition> definitions = image(at).definitions[request.name];
      if (HasOnlySysvHash(at)) std::reverse(definitions.begin(), definitions.end());
      std::optional<Found> later;
      for (const ModelDefinition& one : definitions) {
        if (one.plt_address ? IsAddressOf(one, request) : Fits(one, request.version, at)) {
          return Found{at, one.value};
        }
        const bool fits_later =
            request.version == 0 && !one.plt_address && !one.hidden && !one.bound_by_version_only;
        if (fits_later && !later.has_value()) later = Found{at, one.value};
      }
      if (later.has_value()) return later;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool Fits(const ModelDefinition& one, int version, int at) const {
    if (one.hidden) return false;
    if (version == 0) return one.version == 0 || one.version == FirstVersionOf(image(at));
    return one.version == 0 ? !one.bound_by_version_only : one.version == version;
  }

  // The builder numbers them by their names.
  [[nodiscard]] static int FirstVersionOf(const ModelImage& image) {
    int first = kVersions;
    for (const auto& definitions : image.definitions) {
      for (const ModelDefinition& one : definitions) {
        if (one.version != 0) first = std::min(first, one.version);
      }
    }
    return first;
  }

  [[nodiscard]] static bool IsAddressOf(const ModelDefinition& one, const ModelRequest& request) {
    return request.kind == Kind::kAddress &&
           (request.version == 0 || one.version == 0 || request.version == one.version);
  }

  // Not at all as a rule; once, or in two versions of which one is the default.
  void Define(std::vector<ModelDefinition>& definitions, uint64_t& value) {
    const auto add = [&](int version, bool only_by_version, bool plt_address = false) {
      constexpr uint8_t kBinds[] = {elf::kStbGlobal, elf::kStbWeak, elf::kStbGnuUnique};
      definitions.push_back({.version = version,
                             .bound_by_version_only = only_by_version,
                             .hidden = !plt_address && Pick(6) == 0,
                             .plt_address = plt_address,
                             .bind = kBinds[Pick(3)],
                             .value = value += 8});
    };
    switch (Pick(30)) {
      case 0:
        return add(0, false);
      case 1:
        return add(1 + Pick(2), Pick(2) == 0);
      case 2:
        add(1, true);
        return add(2, false);
      case 3:
        add(0, false);
        return add(1, true);
      case 4:
        return add(Pick(kVersions), false, /*plt_address=*/true);
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
  size_t* built = nullptr;
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

  [[nodiscard]] static std::vector<uint32_t> Seeds() {
    const uint32_t layout = 2 * (L::k64 ? 1 : 0) + (L::kOrder == std::endian::big ? 1 : 0);
    std::vector<uint32_t> seeds(kSeeds);
    std::iota(seeds.begin(), seeds.end(), 20260402 + layout * kSeeds);
    return seeds;
  }

  static void DefineAll(const ModelImage& image, int number, Builder& builder) {
    builder.buckets = 1 + static_cast<uint32_t>(number) % 7;
    builder.gnu_hash = !HasOnlySysvHash(number);
    builder.sysv_hash = number % 4 >= 2;
    for (int name = 0; name < kNames; ++name) {
      for (const ModelDefinition& one : image.definitions[name]) {
        testing::SymbolOptions options;
        options.bind = one.bind;
        options.visibility = one.hidden ? elf::kStvHidden : elf::kStvDefault;
        options.version = VersionOf(one.version);
        options.hidden_version = one.bound_by_version_only;
        // Of a function with a type or without.
        if (one.plt_address) options.type = name % 2 == 0 ? elf::kSttFunc : elf::kSttNoType;
        if (one.plt_address) options.shndx = elf::kShnUndef;
        builder.Define(NameOf(name), one.value, options);
      }
    }
  }
  // Reference i is to name i / kVersions in version i % kVersions, and the builder's symbol i + 1 if
  // it comes first.
  static uint32_t Refer(Builder& builder, int i) {
    testing::SymbolOptions options = {.bind = elf::kStbWeak, .version = VersionOf(i % kVersions)};
    if (!options.version.empty()) options.file = "nobody.so";
    return builder.Refer(NameOf(i / kVersions), options);
  }
  static void ReferToAll(Builder& builder) {
    for (int i = 0; i < kNames * kVersions; ++i) Refer(builder, i);
  }
};
TYPED_TEST_SUITE(ScopeModelTest, rtld::testing::Layouts);

// What the tests below have met must not be a few cases again and again.
struct Met {
  int found = 0, missing = 0, closed = 0, of_copies = 0, of_plt = 0;
};

// dlopen and dlclose in any order, on an index that is kept: what is opened comes behind what is
// there, what no opened image needs any more goes. The program stays.
TYPED_TEST(ScopeModelTest, KeptIndexAnswersLikeASearchOfWhatIsOpen) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  Met met;
  for (const uint32_t seed : this->Seeds()) {
    SCOPED_TRACE(seed);
    Model model(seed);
    typename TestFixture::Bench bench(kProgramPolicy);
    for (int i = 0; i < kModelImages; ++i) {
      Builder builder(SonameOf(i));
      if (i == 0) this->ReferToAll(builder);
      this->DefineAll(model.image(i), i, builder);
      ASSERT_TRUE(bench.Link(bench.AddFile(SonameOf(i), builder.Build())))
          << bench.diagnostics.text();
    }
    const auto& images = bench.committed;
    const Module<A>& from = *images[0];

    const auto modules_of = [&](const Order& order) {
      std::vector<Module<A>*> modules;
      for (const int image : order) modules.push_back(images[static_cast<size_t>(image)]);
      return modules;
    };
    ScopeIndex<A> index;
    Order roots, order = {0};
    ASSERT_TRUE(index.Add(bench.arena, modules_of(order)));
    for (int step = 0; step < 30; ++step) {
      SCOPED_TRACE(step);
      const Order before = order;
      // In turns of growing and shrinking.
      if (roots.empty() || model.Pick(10) < (step / 10 % 2 == 0 ? 8 : 3)) {
        roots.push_back(model.Pick(kModelImages));
        model.Open(roots.back(), order);
        // One that is there already, too.
        Order added(order.begin() + static_cast<ptrdiff_t>(before.size()), order.end());
        added.insert(added.begin() + model.Pick(added.size() + 1), before.back());
        ASSERT_TRUE(index.Add(bench.arena, modules_of(added)));
      } else {
        roots.erase(roots.begin() + model.Pick(roots.size()));
        Order needed = {0};
        for (const int root : roots) model.Open(root, needed);
        Order kept, removed;
        for (const int image : before) (Has(needed, image) ? kept : removed).push_back(image);
        order = kept;
        met.closed += static_cast<int>(removed.size());
        index.Remove(modules_of(removed));
      }
      for (int n = 0; n < 60; ++n) {
        const int i = model.Pick(kNames * kVersions);
        const ModelRequest request = {i / kVersions, i % kVersions,
                                      static_cast<Kind>(model.Pick(3))};
        const auto wanted = model.Find(order, request);
        const uint32_t symbol = static_cast<uint32_t>(i) + 1;
        Definition<A> definition;
        const ProgramQuery<A> query({from, symbol, from.dynamic.symbols[symbol],
                                     request.kind == Kind::kJumpSlot, request.kind == Kind::kCopy});
        ASSERT_EQ(query.name().text, NameOf(request.name));
        ASSERT_EQ(index.Find(query, definition), wanted.has_value()) << i;
        ++(wanted.has_value() ? met.found : met.missing);
        if (!wanted.has_value()) continue;
        ASSERT_EQ(definition.module, images[static_cast<size_t>(wanted->image)]) << i;
        ASSERT_EQ(definition.symbol->value, wanted->value) << i;
        met.of_copies += request.kind == Kind::kCopy ? 1 : 0;
        met.of_plt += definition.symbol->shndx == elf::kShnUndef ? 1 : 0;
      }
    }
    index.Clear(bench.arena);
  }
  EXPECT_GT(met.found, 5000);
  EXPECT_GT(met.missing, 1500);
  EXPECT_GT(met.closed, 500);
  EXPECT_GT(met.of_copies, 500);
  EXPECT_GT(met.of_plt, 250);
}

// A whole session: every word of every image of a random graph is the model's answer, by walk and
// by index.
TYPED_TEST(ScopeModelTest, SessionsBindLikeABreadthFirstSearch) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  using Addr = typename TypeParam::Addr;
  constexpr size_t kWords = 12;
  size_t built = 0, words_checked = 0;
  for (const uint32_t seed : this->Seeds()) {
    SCOPED_TRACE(seed);
    Model model(seed);
    testing::CountingArena of_scope;
    testing::Bench<testing::TestSeams<A, WalkOrIndex>> bench(kProgramPolicy);
    // Each image has so many references: reference numbers, and the words that take their values.
    std::vector<std::vector<std::pair<int, uint64_t>>> references(kModelImages);
    for (int i = 0; i < kModelImages; ++i) {
      Builder builder(SonameOf(i));
      this->DefineAll(model.image(i), i, builder);
      for (size_t n = 0; n < kWords; ++n) {
        const int reference = model.Pick(kNames * kVersions);
        const uint64_t word = builder.Word();
        builder.Rela(word, n % 2 == 0 ? A::kSymbol : A::kJumpSlot, this->Refer(builder, reference));
        references[static_cast<size_t>(i)].emplace_back(reference, word);
      }
      for (const int needed : model.image(i).needed) builder.Needed(SonameOf(needed));
      bench.AddLibrary(SonameOf(i), builder.Build());
    }
    // Some of the images as programs, each in two sessions.
    for (int n = 0; n < 6; ++n) {
      const int root = n / 2;
      SCOPED_TRACE(root);
      Order order;
      model.Open(root, order);
      WalkOrIndex<A> scope;
      scope.built = &built;
      if (n % 2 == 0) scope.index.emplace(of_scope);
      const auto session = bench.NewSession(std::move(scope));
      ASSERT_TRUE(session->AddRoot(*bench.files[static_cast<size_t>(root)]) && session->Plan() &&
                  session->Map() && session->Relocate())
          << bench.diagnostics.text();
      ASSERT_EQ(session->records().size(), order.size());
      for (size_t at = 0; at < order.size(); ++at) {
        auto& record = *session->records()[at];
        ASSERT_EQ(record.name, SonameOf(order[at]));
        const auto& wanted_here = references[static_cast<size_t>(order[at])];
        for (size_t i = 0; i < kWords; ++i) {
          const auto [reference, word] = wanted_here[i];
          const auto wanted =
              model.Find(order, {reference / kVersions, reference % kVersions,
                                 i % 2 == 0 ? Kind::kAddress : Kind::kJumpSlot, order[at]});
          uint64_t value = 0;
          if (wanted.has_value()) {
            const auto place = std::find(order.begin(), order.end(), wanted->image);
            value = session->records()[static_cast<size_t>(place - order.begin())]->RunTime(
                wanted->value);
          }
          ASSERT_EQ(bench.WordAt(record, word), static_cast<Addr>(value)) << at << " " << i;
          ++words_checked;
        }
      }
    }
  }
  EXPECT_GT(built, 15u);
  EXPECT_GT(words_checked, 15000u);
}

// No memory at any point: nothing of what was to be added is there, and what was there still is, also
// what was to be added once more.
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
  this->ReferToAll(user);
  ASSERT_TRUE(bench.Link(bench.AddFile("user.so", user.Build())));
  const Module<A>& from = *bench.Find("user.so");
  const std::vector<Module<A>*> modules(bench.committed.begin(), bench.committed.begin() + 3);
  const std::span<Module<A>* const> all(modules);
  size_t fail_at = 0;
  for (;; ++fail_at) {
    testing::CountingArena arena(fail_at);
    ScopeIndex<A> index;
    const bool first = index.Add(arena, all.first(1));
    Module<A>* const others[] = {all[1], all[0], all[2]};
    const bool rest = first && index.Add(arena, others);
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

// What comes and goes again and again leaves no trace: the index asks for no more memory than for
// all that was ever there at once.
TYPED_TEST(ScopeModelTest, ComingAndGoingNeedsNoMoreMemory) {
  using A = typename TestFixture::A;
  using Builder = typename TestFixture::Builder;
  typename TestFixture::Bench bench(kProgramPolicy);
  for (int image = 0; image < 4; ++image) {
    Builder builder(SonameOf(image));
    for (int i = 0; i < 40; ++i) builder.Define(NameOf(i + 5 * image), Builder::kData);
    ASSERT_TRUE(bench.Link(bench.AddFile(SonameOf(image), builder.Build())));
  }
  const std::vector<Module<A>*> modules(bench.committed.begin(), bench.committed.end());
  const std::span<Module<A>* const> all(modules);
  ScopeIndex<A> index;
  testing::CountingArena arena;
  // 3 stays; each of the others goes when the next one has come.
  ASSERT_TRUE(index.Add(arena, all.last(1)));
  size_t most_at_first = 0, most = 0;
  for (size_t round = 0; round < 600; ++round) {
    ASSERT_TRUE(index.Add(arena, all.subspan(round % 3, 1)));
    size_t& bytes = round < 60 ? most_at_first : most;
    bytes = std::max(bytes, arena.bytes());
    index.Remove(all.subspan((round + 2) % 3, 1));
  }
  EXPECT_EQ(most, most_at_first);
  index.Clear(arena);
  EXPECT_EQ(arena.live(), 0u);
}

}  // namespace
}  // namespace rtld
