// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/tls_descriptors.h"

#include <gtest/gtest.h>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"
#include "rtld_shared/testing/layouts.h"

namespace ldso {
namespace {

constexpr uint32_t kInStatic = 0x1111, kUndefined = 0x2222;

template <arch::ElfArch A>
struct Hook : TlsDescriptors<A> {
  Hook() : TlsDescriptors<A>(kInStatic, kUndefined) {}
};

template <class ArchType>
struct HookedSeams : rtld::testing::TestSeams<ArchType, rtld::ProgramScope> {
  using Hook = ldso::Hook<ArchType>;
};

template <class L>
class TlsDescriptorsTest : public testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Addr = typename L::Addr;
  using Builder = rtld::testing::ImageBuilder<A>;
  using Bench = rtld::testing::Bench<HookedSeams<A>>;
  static constexpr uint64_t kBlock = ~uint64_t{0x3f};  // -0x40

  // A descriptor for the symbol; its place.
  static uint64_t AddDescriptor(Builder& builder, uint32_t symbol, uint64_t addend) {
    const uint64_t place = builder.Room(2 * Builder::kWord);
    builder.Rela(place, A::kTlsDesc, symbol, addend);
    return place;
  }

  // Relocates the image, whose block is in static TLS or not.
  bool Relocate(Builder& builder, bool in_static = true) {
    session = bench.NewSession();
    if (!session->AddRoot(bench.AddFile("x.so", builder.Build())) || !session->Plan() ||
        !session->Map()) {
      return false;
    }
    auto& record = *session->records()[0];
    record.tls_module = 1;
    record.tls_offset = static_cast<int64_t>(kBlock);
    record.tls_static = in_static;
    return session->Relocate();
  }
  void ExpectWords(uint64_t place, uint64_t resolver, uint64_t argument) {
    auto& record = *session->records()[0];
    EXPECT_EQ(bench.WordAt(record, place), resolver);
    EXPECT_EQ(bench.WordAt(record, place + Builder::kWord), static_cast<Addr>(argument));
  }

  Bench bench{rtld::kProgramPolicy};
  std::unique_ptr<rtld::Session<HookedSeams<A>>> session;
};
TYPED_TEST_SUITE(TlsDescriptorsTest, rtld::testing::Layouts);

TYPED_TEST(TlsDescriptorsTest, VariablesAreInTheirImagesBlock) {
  typename TestFixture::Builder builder("x.so");
  const uint64_t at =
      this->AddDescriptor(builder, builder.Define("v", 0x10, {.type = elf::kSttTls}), 4);
  ASSERT_TRUE(this->Relocate(builder)) << this->bench.diagnostics.text();
  this->ExpectWords(at, kInStatic, TestFixture::kBlock + 0x14);
}

TYPED_TEST(TlsDescriptorsTest, SymbolZeroAndSectionsAreTheBlockItself) {
  using Builder = typename TestFixture::Builder;
  Builder builder("x.so");
  const uint64_t none = this->AddDescriptor(builder, 0, 8);
  // Its value is the section's address, not an offset in the block.
  const uint32_t symbol =
      builder.Define("", Builder::kData, {.bind = elf::kStbLocal, .type = elf::kSttSection});
  const uint64_t section = this->AddDescriptor(builder, symbol, 0x10);
  ASSERT_TRUE(this->Relocate(builder)) << this->bench.diagnostics.text();
  this->ExpectWords(none, kInStatic, TestFixture::kBlock + 8);
  this->ExpectWords(section, kInStatic, TestFixture::kBlock + 0x10);
}

TYPED_TEST(TlsDescriptorsTest, UndefinedWeakVariablesAreAtTheirAddend) {
  typename TestFixture::Builder builder("x.so");
  const rtld::testing::SymbolOptions weak = {.bind = elf::kStbWeak, .type = elf::kSttTls};
  const uint32_t symbol = builder.Refer("nobody", weak);
  const uint64_t at = this->AddDescriptor(builder, symbol, 0);
  const uint64_t behind = this->AddDescriptor(builder, symbol, 12);
  // The image need have no block in static TLS, or none at all.
  ASSERT_TRUE(this->Relocate(builder, false)) << this->bench.diagnostics.text();
  this->ExpectWords(at, kUndefined, 0);
  this->ExpectWords(behind, kUndefined, 12);
}

TYPED_TEST(TlsDescriptorsTest, VariablesOutsideStaticTlsAreRefused) {
  typename TestFixture::Builder builder("x.so");
  this->AddDescriptor(builder, builder.Define("v", 0x10, {.type = elf::kSttTls}), 0);
  EXPECT_FALSE(this->Relocate(builder, false));
  ASSERT_EQ(this->bench.diagnostics.errors().size(), 1u);
  EXPECT_EQ(this->bench.diagnostics.errors()[0].flat.error, rtld::Error::kTlsNotStatic);
}

}  // namespace
}  // namespace ldso
