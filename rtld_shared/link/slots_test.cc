// SPDX-License-Identifier: BSD-2-Clause
//
// What CPUs differ in beyond their rules: PLT slots that are more than an address, functions whose
// addresses are those of descriptors, PLTs that are code, parts of words.

#include <gtest/gtest.h>

#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using testing::Bench;
using testing::OnlyError;

// A slot is a copy of the two words of a function's descriptor, which are its code's address and
// whatever; a type of 4 stored bits, whose symbol may be weak.
template <class L>
struct Described : arch::Exemplar<L> {
  using Addr = typename L::Addr;
  static constexpr std::string_view kName = "described";
  static constexpr uint64_t kDescriptorSize = 2 * sizeof(Addr);
  static constexpr bool kWritablePlt = true;
  static constexpr uint32_t kIrelativeSlot = 0xe0, kFourBits = 0xe1;

  [[nodiscard]] static constexpr arch::Rule RuleFor(uint32_t type) {
    if (type == arch::Exemplar<L>::kJumpSlot) return {.op = arch::Op::kJumpSlot};
    if (type == kIrelativeSlot) return {.op = arch::Op::kIrelativeSlot};
    if (type == kFourBits) return {.op = arch::Op::kCustom, .width = 1};
    return arch::Exemplar<L>::RuleFor(type);
  }
  template <class Context>
  [[nodiscard]] static constexpr bool StoreSlot(Context& context) {
    for (unsigned at = 0; at < kDescriptorSize; at += sizeof(Addr)) {
      bool ok = true;
      const Addr from = context.target + context.addend + at;
      const Addr word = context.target != 0 ? context.Fetch(from, ok) : 0;
      if (!ok || !context.Store(context.place + at, sizeof(Addr), word)) return false;
    }
    return true;
  }
  template <class Context>
  [[nodiscard]] static constexpr bool ApplyCustom(Context& context) {
    bool ok = true;
    const Addr old = context.Load(context.place, 1, ok);
    const Addr value = context.Resolve(ok) + context.addend + (context.defined ? 0 : 9);
    if (!ok) return false;
    if (value > 15) return context.Overflow(value, 4);
    return context.Store(context.place, 1, (old & 0xf0) | value);
  }
};

template <class L>
class SlotsTest : public ::testing::Test {
 public:
  using A = Described<L>;
  using Addr = typename L::Addr;
  using Builder = rtld::testing::ImageBuilder<A>;
  using ModuleBench = Bench<rtld::testing::TestSeams<A>>;
  static constexpr unsigned kWord = sizeof(Addr);

  // A descriptor of code at `code`; its second word is 7 more than its place.
  static uint64_t Descriptor(Builder& builder, uint64_t code) {
    const uint64_t at = builder.Word();
    builder.Rela(at, A::kRelative, 0, code);
    const uint64_t second = builder.Word();
    builder.Rela(second, A::kRelative, 0, at + 7);
    return at;
  }
};
using TwoLayouts = ::testing::Types<elf::Layout32Le, elf::Layout64Be>;
TYPED_TEST_SUITE(SlotsTest, TwoLayouts);

//   root.kld -> dep.kld; cyclic: dep.kld -> root.kld
TYPED_TEST(SlotsTest, AreMadeWhenAllImagesAreRelocated) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr unsigned kWord = TestFixture::kWord;
  Policy policy = kKernelPolicy;
  policy.allow_cycles = true;
  typename TestFixture::ModuleBench bench(policy);
  Builder root("root.kld"), dep("dep.kld");
  root.Needed("dep.kld");
  dep.Needed("root.kld");
  // The descriptor's second word is symbolic: it is not there before the whole set is relocated.
  const uint64_t mine = root.Word(), toc = root.Word();
  root.Rela(mine, A::kRelative, 0, Builder::kText + 8);
  root.Rela(toc, A::kSymbol, root.Refer("value"));
  root.Define("f", mine, {.type = elf::kSttFunc});
  dep.Define("value", Builder::kData + 0x40);
  dep.Define("g", TestFixture::Descriptor(dep, Builder::kText + 4), {.type = elf::kSttFunc});
  const uint64_t to_f = dep.Room(2 * kWord), to_g = root.Room(2 * kWord);
  const uint64_t weak = root.Room(2 * kWord);
  dep.JmpRela(to_f, A::kJumpSlot, dep.Refer("f"));
  root.JmpRela(to_g, A::kJumpSlot, root.Refer("g"));
  root.JmpRela(weak, A::kJumpSlot, root.Refer("nobody", {.bind = elf::kStbWeak}));
  bench.AddLibrary("dep.kld", dep.Build());
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  auto& linked = *bench.Find("root.kld");
  auto& linked_dep = *bench.Find("dep.kld");
  EXPECT_EQ(bench.WordAt(linked_dep, to_f), linked.RunTime(Builder::kText + 8));
  EXPECT_EQ(bench.WordAt(linked_dep, to_f + kWord), linked_dep.RunTime(Builder::kData + 0x40));
  EXPECT_EQ(bench.WordAt(linked, to_g), linked_dep.RunTime(Builder::kText + 4));
  EXPECT_EQ(bench.WordAt(linked, to_g + kWord), linked_dep.RunTime(Builder::kData + 7));
  EXPECT_EQ(bench.WordAt(linked, weak), 0u);
  EXPECT_EQ(bench.WordAt(linked, weak + kWord), 0u);
}

// One that relocates its text may have slots there.
TYPED_TEST(SlotsTest, AreMadeInTextThatIsRelocated) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr unsigned kWord = TestFixture::kWord;
  Policy policy = kKernelPolicy;
  policy.allow_text_relocations = true;
  typename TestFixture::ModuleBench bench(policy);
  Builder root("root.kld");
  root.Dynamic(elf::kDtTextRel, 0);
  const uint64_t function = TestFixture::Descriptor(root, Builder::kText + 4);
  root.JmpRela(Builder::kText, A::kJumpSlot, root.Define("f", function, {.type = elf::kSttFunc}));
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()))) << bench.diagnostics.text();
  auto& linked = *bench.Find("root.kld");
  EXPECT_EQ(bench.WordAt(linked, Builder::kText), linked.RunTime(Builder::kText + 4));
  EXPECT_EQ(bench.WordAt(linked, Builder::kText + kWord), linked.RunTime(function + 7));
}

// A loader that can read what earlier sessions linked.
template <class A, template <class> class ScopeType = ModuleScope>
struct InPlaceSeams : testing::TestSeams<A, ScopeType> {
  struct Loader : testing::FakeLoader {
    using FakeLoader::FakeLoader;
    const std::byte* Linked(const Module<A>& module, uint64_t vaddr, uint64_t size) {
      ++reads;
      const auto& record = static_cast<const rtld::Linked<InPlaceSeams>&>(module);
      return record.image.state()->memory.At(vaddr, size);
    }
    int reads = 0;
  };
};

// One session links dep.kld; the next one root.kld -> dep.kld.
template <class Seams, class Fixture>
bool LinkOverTwoSessions(Bench<Seams>& bench, uint64_t& slot, uint64_t target) {
  using Builder = typename Fixture::Builder;
  using A = typename Fixture::A;
  Builder root("root.kld"), dep("dep.kld");
  const uint64_t descriptor = Fixture::Descriptor(dep, Builder::kText + 4);
  dep.Define("g", target == 0 ? descriptor : target, {.type = elf::kSttFunc});
  root.Needed("dep.kld");
  slot = root.Room(2 * Fixture::kWord);
  root.JmpRela(slot, A::kJumpSlot, root.Refer("g"));
  EXPECT_TRUE(bench.Link(bench.AddLibrary("dep.kld", dep.Build()))) << bench.diagnostics.text();
  return bench.Link(bench.AddFile("root.kld", root.Build()));
}

TYPED_TEST(SlotsTest, LeadToImagesOfEarlierSessionsWhereTheLoaderReadsThem) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr unsigned kWord = TestFixture::kWord;
  uint64_t slot = 0;
  Bench<InPlaceSeams<A>> bench(kKernelPolicy);
  ASSERT_TRUE((LinkOverTwoSessions<InPlaceSeams<A>, TestFixture>(bench, slot, 0)))
      << bench.diagnostics.text();
  auto& linked = *bench.Find("root.kld");
  auto& linked_dep = *bench.Find("dep.kld");
  EXPECT_EQ(bench.WordAt(linked, slot), linked_dep.RunTime(Builder::kText + 4));
  EXPECT_EQ(bench.WordAt(linked, slot + kWord), linked_dep.RunTime(Builder::kData + 7));
  EXPECT_EQ(bench.loader.reads, 2);
  // It is asked for nothing that is in no segment.
  Bench<InPlaceSeams<A>> wild(kKernelPolicy);
  EXPECT_FALSE(
      (LinkOverTwoSessions<InPlaceSeams<A>, TestFixture>(wild, slot, Builder::kData + 0x100000)));
  EXPECT_EQ(wild.loader.reads, 0);
  // One that cannot.
  typename TestFixture::ModuleBench blind(kKernelPolicy);
  EXPECT_FALSE((LinkOverTwoSessions<testing::TestSeams<A>, TestFixture>(blind, slot, 0)));
  EXPECT_TRUE(
      OnlyError(blind.diagnostics, {{.error = Error::kBadTarget,
                                     .has_place = true,
                                     .image = "root.kld",
                                     .detail = "PLT slot",
                                     .place = slot,
                                     .value = blind.Find("dep.kld")->RunTime(Builder::kData)}}));
}

//   plugin.so, which needs nothing, in the global scope of libc.so: f is a function, or is chosen
TYPED_TEST(SlotsTest, LeadToImagesOfTheGlobalScopeThatNobodyNeeds) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  constexpr unsigned kWord = TestFixture::kWord;
  for (const uint8_t type : {elf::kSttFunc, elf::kSttGnuIfunc}) {
    Bench<InPlaceSeams<A, ProgramScope>> bench(kProgramPolicy);
    Builder libc("libc.so"), plugin("plugin.so");
    const uint64_t function = TestFixture::Descriptor(libc, Builder::kText + 4);
    libc.Define("f", function, {.type = type});
    const uint64_t slot = plugin.Room(2 * kWord);
    plugin.JmpRela(slot, A::kJumpSlot, plugin.Refer("f"));
    const auto call = [](uint64_t resolver) { return resolver; };
    ASSERT_TRUE(bench.Link(bench.AddFile("libc.so", libc.Build()), call));
    Module<A>* const global[] = {bench.Find("libc.so")};
    const auto session = bench.NewSession(ProgramScope<A>(global));
    ASSERT_TRUE(session->AddRoot(bench.AddFile("plugin.so", plugin.Build())));
    ASSERT_TRUE(session->Plan() && session->Map() && session->Relocate() && session->Protect() &&
                session->RunResolvers(call))
        << bench.diagnostics.text();
    auto& linked = *session->records()[0];
    EXPECT_EQ(bench.WordAt(linked, slot), global[0]->RunTime(Builder::kText + 4));
    EXPECT_EQ(bench.WordAt(linked, slot + kWord), global[0]->RunTime(function + 7));
  }
}

// A resolver's result is the slot's target; elsewhere it is the word itself.
TYPED_TEST(SlotsTest, OfResolversAreMadeFromWhatTheyReturn) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  using Addr = typename TestFixture::Addr;
  constexpr unsigned kWord = TestFixture::kWord;
  typename TestFixture::ModuleBench bench(kKernelPolicy);
  Builder root("root.kld");
  const uint64_t resolver = TestFixture::Descriptor(root, Builder::kText);
  const uint64_t chosen = TestFixture::Descriptor(root, Builder::kText + 0x20);
  const uint64_t slot = root.Room(2 * kWord), named = root.Room(2 * kWord), word = root.Word();
  root.JmpRela(slot, A::kIrelativeSlot, 0, resolver);
  root.JmpRela(named, A::kJumpSlot, root.Define("choice", resolver, {.type = elf::kSttGnuIfunc}));
  root.Rela(word, A::kIrelative, 0, resolver);
  uint64_t bias = 0;
  const auto call = [&](Addr address) {
    bias = address - resolver;
    return static_cast<Addr>(chosen + bias);
  };
  ASSERT_TRUE(bench.Link(bench.AddFile("root.kld", root.Build()), call))
      << bench.diagnostics.text();
  auto& linked = *bench.Find("root.kld");
  EXPECT_EQ(bias, linked.bias);
  for (const uint64_t place : {slot, named}) {
    EXPECT_EQ(bench.WordAt(linked, place), linked.RunTime(Builder::kText + 0x20));
    EXPECT_EQ(bench.WordAt(linked, place + kWord), linked.RunTime(chosen + 7));
  }
  EXPECT_EQ(bench.WordAt(linked, word), linked.RunTime(chosen));
}

TYPED_TEST(SlotsTest, NeedTheirPlaceAndTheirTarget) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  const auto link = [](uint64_t place, uint64_t target, const testing::Expected& expected) {
    typename TestFixture::ModuleBench bench(kKernelPolicy);
    Builder root("root.kld");
    root.JmpRela(place, A::kJumpSlot, root.Define("f", target, {.type = elf::kSttFunc}));
    EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
    EXPECT_TRUE(OnlyError(bench.diagnostics, expected));
  };
  // The last word of the image's data has no room for the second word of the slot.
  const uint64_t last = Builder::kData + 0x3000 + 0x100 - TestFixture::kWord;
  link(last, Builder::kData,
       {{.error = Error::kBadPlace,
         .has_place = true,
         .image = "root.kld",
         .detail = "PLT slot",
         .place = last}});
  link(Builder::kData, Builder::kData + 0x100000,
       {{.error = Error::kBadTarget,
         .has_place = true,
         .image = "root.kld",
         .detail = "PLT slot",
         .place = Builder::kData,
         .value = 0x40000000 - Builder::kBase + Builder::kData + 0x100000}});
}

// A function is a descriptor whose code is the image's own.
TYPED_TEST(SlotsTest, ResolversAndEntriesAreDescriptors) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  enum { kGood, kNoCode, kNoDescriptor };
  for (const int defect : {kGood, kNoCode, kNoDescriptor}) {
    SCOPED_TRACE(defect);
    typename TestFixture::ModuleBench bench(kKernelPolicy);
    Builder root("root.kld");
    const uint64_t function =
        TestFixture::Descriptor(root, defect == kNoCode ? Builder::kData : Builder::kText + 4);
    const uint64_t word = root.Word();
    const uint64_t resolver = defect == kNoDescriptor ? Builder::kText + 4 : function;
    root.entry = function;
    root.Rela(word, A::kIrelative, 0, resolver);
    EXPECT_EQ(bench.Link(bench.AddFile("root.kld", root.Build())), defect == kGood);
    if (defect == kGood) continue;
    EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kBadTarget,
                                               .has_place = true,
                                               .has_type = true,
                                               .image = "root.kld",
                                               .type_name = "R_EX_IRELATIVE",
                                               .place = word,
                                               .value = resolver,
                                               .type = A::kIrelative}}));
  }
}

TYPED_TEST(SlotsTest, CustomFieldsMayOverflow) {
  using Builder = typename TestFixture::Builder;
  using A = typename TestFixture::A;
  for (const uint64_t value : {15u, 16u}) {
    typename TestFixture::ModuleBench bench(kKernelPolicy);
    Builder root("root.kld");
    const uint64_t word = root.Word(~uint64_t{0}), weak = root.Word(~uint64_t{0});
    root.Rela(word, A::kFourBits, root.Define("n", value, {.shndx = elf::kShnAbs}));
    root.Rela(weak, A::kFourBits, root.Refer("nobody", {.bind = elf::kStbWeak}), 2);
    EXPECT_EQ(bench.Link(bench.AddFile("root.kld", root.Build())), value == 15);
    if (value == 15) {
      const auto byte = [&](uint64_t at) {
        return std::to_integer<unsigned>(*bench.Find("root.kld")->image.At(at, 1));
      };
      EXPECT_EQ(byte(word), 0xffu);
      EXPECT_EQ(byte(weak), 0xfbu);
    } else {
      EXPECT_TRUE(OnlyError(bench.diagnostics, {{.error = Error::kOverflow,
                                                 .has_place = true,
                                                 .has_type = true,
                                                 .image = "root.kld",
                                                 .symbol = "n",
                                                 .place = word,
                                                 .value = 16,
                                                 .limit = 4,
                                                 .type = A::kFourBits}}));
    }
  }
}

TYPED_TEST(SlotsTest, WritablePltsAreThePolicysMatter) {
  using Builder = typename TestFixture::Builder;
  for (const bool allowed : {false, true}) {
    Policy policy = kKernelPolicy;
    policy.allow_writable_plt = allowed;
    typename TestFixture::ModuleBench bench(policy);
    Builder root("root.kld");
    root.edit_phdrs = [](auto& headers) { headers[2].flags = headers[2].flags | elf::kPfX; };
    EXPECT_EQ(bench.Link(bench.AddFile("root.kld", root.Build())), allowed);
    if (allowed) continue;
    EXPECT_TRUE(OnlyError(bench.diagnostics,
                          {{.error = Error::kWritableCode, .image = "root.kld", .value = 2}}));
  }
}

// A CPU whose PLT is data does not get such a segment by that policy.
TEST(Slots, WritablePltsAreOnlyThoseOfCpusThatNeedThem) {
  using A = arch::Exemplar<elf::Layout64Le>;
  Policy policy = kKernelPolicy;
  policy.allow_writable_plt = true;
  Bench<rtld::testing::TestSeams<A>> bench(policy);
  rtld::testing::ImageBuilder<A> root("root.kld");
  root.edit_phdrs = [](auto& headers) { headers[2].flags = headers[2].flags | elf::kPfX; };
  EXPECT_FALSE(bench.Link(bench.AddFile("root.kld", root.Build())));
  EXPECT_TRUE(OnlyError(bench.diagnostics,
                        {{.error = Error::kWritableCode, .image = "root.kld", .value = 2}}));
}

}  // namespace
}  // namespace rtld
