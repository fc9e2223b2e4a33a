// SPDX-License-Identifier: BSD-2-Clause
//
// TLS descriptors: the argument first, the function second.

#include <gtest/gtest.h>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

// tls_gnu2.so calls the second word of its descriptors, with ld's trampoline: .plt has
//   add r0, lr, r0; ldr r1, [r0, #4]; bx r1
class TlsDescriptors : public Images {
 protected:
  void SetUp() override {
    Images::SetUp();
    image_ = Read("tls_gnu2.so");
  }

  // The descriptor of the symbol of that name, or of none.
  [[nodiscard]] uint64_t PlaceOf(const std::string& symbol) const {
    for (const oracle::Relocation& relocation : image_.relocations) {
      const bool descriptor = cpu().OpOf(relocation.type, relocation.symbol) == Op::kTlsDesc;
      if (descriptor && image_.symbols[relocation.symbol].name == symbol) return relocation.place;
    }
    ADD_FAILURE() << "no descriptor of '" << symbol << "'";
    return 0;
  }
  [[nodiscard]] uint64_t OffsetOf(const std::string& name) const {
    return image_.symbols[image_.by_name.at(name)[0]].value;
  }
  // {function, argument} of the hook, as linked.
  void Expect(Comparison& comparison, const std::string& symbol, uint64_t module,
              uint64_t offset) const {
    const uint64_t place = PlaceOf(symbol);
    EXPECT_EQ(comparison.WordAt(0, place), offset) << symbol;
    EXPECT_EQ(comparison.WordAt(0, place + 4), rtld::testing::kFakeDescriptor + module) << symbol;
  }

  oracle::Image image_;
};

INSTANTIATE_TEST_SUITE_P(Cpu, TlsDescriptors, ::testing::Values(&MachineNamed("arm")), CpuName);

// ld leaves 0x80000000 and the number of the symbol where an addend would be.
TEST_P(TlsDescriptors, OfSymbolsHaveNoAddend) {
  EXPECT_EQ(image_.Word(PlaceOf("tls_exported"), 4),
            0x80000000 | image_.by_name["tls_exported"][0]);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "tls_gnu2.so");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  ASSERT_NE(OffsetOf("tls_exported"), 0u);
  Expect(*comparison, "tls_exported", 1, OffsetOf("tls_exported"));
  const oracle::Image provider = Read("tls_provider.so");
  Expect(*comparison, "tls_elsewhere", 2,
         provider.symbols[provider.by_name.at("tls_elsewhere")[0]].value);
}

// The second variable of the image's own: ld leaves its offset in the first word.
TEST_P(TlsDescriptors, OfTheImagesBlockHaveTheirOffsetInTheFirstWord) {
  Bytes contents = Contents("tls_gnu2.so");
  Patch(contents, image_.FileOffset(PlaceOf("")).value(), 4, 8);
  Patch(contents, image_.FileOffset(PlaceOf("") + 4).value(), 4, 0x100);
  const Machine::Comparison comparison = NewPrograms(rtld::kProgramPolicy);
  Load(*comparison, "tls_gnu2.so", contents);
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  Expect(*comparison, "", 1, 8);
  size_t words = 0;
  EXPECT_EQ(comparison->Differences(words), "");
}

}  // namespace
}  // namespace arch::testing
