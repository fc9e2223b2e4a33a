// SPDX-License-Identifier: BSD-2-Clause
//
// An image of this machine relocates itself, with each kind of table.

#include "rtld_shared/link/self.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/layout.h"

namespace rtld {
namespace {

using OwnLayout = elf::Layout<uintptr_t, std::endian::native>;
using OwnCpu = arch::Exemplar<OwnLayout>;
constexpr size_t kBits = 8 * sizeof(uintptr_t) - 1;  // words that a bitmap is about

// words:  0 by its address | 1, 3 first bitmap | 1 + kBits second bitmap | ... | RELA | REL | nobody
struct OwnImage {
  OwnLayout::AddrField words[kBits + 10];
  OwnLayout::Relr relr[3];
  OwnLayout::Rela rela[1];
  OwnLayout::Rel rel[1];
  OwnLayout::Dyn dynamic[8];
};
constexpr size_t kRela = kBits + 5, kRel = kBits + 6;

TEST(RelocateSelf, AddsTheBiasWhereEachTableSays) {
  OwnImage image = {};
  const auto bias = reinterpret_cast<uintptr_t>(&image);
  const auto place = [](size_t i) {
    return static_cast<uintptr_t>(offsetof(OwnImage, words) + i * sizeof(OwnLayout::AddrField));
  };
  for (size_t i = 0; i < std::size(image.words); ++i) image.words[i] = uintptr_t{0x100} + i;
  image.relr[0] = place(0);
  image.relr[1] = uintptr_t{1} << 1 | uintptr_t{1} << 3 | 1;
  image.relr[2] = uintptr_t{1} << 1 | 1;
  image.rela[0].offset = place(kRela);
  image.rela[0].info = OwnLayout::InfoOf(0, OwnCpu::kRelative);
  image.rela[0].addend = 0x77;
  image.rel[0].offset = place(kRel);
  image.rel[0].info = OwnLayout::InfoOf(0, OwnCpu::kRelative);
  const uintptr_t dynamic[][2] = {
      {elf::kDtRelr, offsetof(OwnImage, relr)}, {elf::kDtRelrSz, sizeof(image.relr)},
      {elf::kDtRela, offsetof(OwnImage, rela)}, {elf::kDtRelaSz, sizeof(image.rela)},
      {elf::kDtRel, offsetof(OwnImage, rel)},   {elf::kDtRelSz, sizeof(image.rel)}};
  for (size_t i = 0; i < std::size(dynamic); ++i) {
    image.dynamic[i].tag = dynamic[i][0];
    image.dynamic[i].val = dynamic[i][1];
  }
  RelocateSelf<OwnCpu>(bias, image.dynamic);
  for (size_t i = 0; i < std::size(image.words); ++i) {
    const bool relocated = i == 0 || i == 1 || i == 3 || i == 1 + kBits || i == kRel;
    const uintptr_t wanted = i == kRela ? bias + 0x77 : 0x100 + i + (relocated ? bias : 0);
    EXPECT_EQ(image.words[i].get(), wanted) << i;
  }
}

}  // namespace
}  // namespace rtld
