// SPDX-License-Identifier: BSD-2-Clause
//
// MachineOf<A>: Machine for the CPU with traits A.

#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "arch/testing/machine.h"
#include "rtld_shared/testing/checked_scope.h"
#include "rtld_shared/testing/image_builder.h"
#include "rtld_shared/testing/libelf_oracle/comparison_of.h"

namespace arch::testing {

template <ElfArch A>
class MachineOf final : public Machine {
 public:
  MachineOf() {
    name = A::kName;
    number = A::kMachine;
    word = sizeof(typename A::Layout::Addr);
    big_endian = A::Layout::kOrder == std::endian::big;
  }

  [[nodiscard]] Op OpOf(uint32_t type, uint32_t symbol) const override {
    return arch::OpOf(A::RuleFor(type), symbol);
  }
  [[nodiscard]] uint64_t InfoOf(uint32_t symbol, uint32_t type) const override {
    return A::Layout::InfoOf(symbol, type);
  }

  [[nodiscard]] Comparison NewModules(const rtld::Policy& policy,
                                      const oracle::Calculations& calculations,
                                      uint64_t first_bias) const override {
    using Modules = rtld::testing::ComparisonOf<A, rtld::ModuleScope>;
    return std::make_unique<Modules>(policy, calculations, first_bias);
  }
  [[nodiscard]] Comparison NewPrograms(const rtld::Policy& policy,
                                       const oracle::Calculations& calculations,
                                       uint64_t first_bias) const override {
    using Programs = rtld::testing::ComparisonOf<A, rtld::testing::CheckedScope>;
    return std::make_unique<Programs>(policy, calculations, first_bias);
  }

  [[nodiscard]] std::vector<uint8_t> BuildPacked(const std::vector<bool>& packed,
                                                 uint32_t flags) const override {
    using Builder = rtld::testing::ImageBuilder<A>;
    Builder builder("built.so");
    builder.flags = flags;
    std::vector<uint64_t> places;
    for (size_t i = 0; i < packed.size(); ++i) {
      const uint64_t place = builder.Word(Builder::kText + i);
      if (packed[i]) places.push_back(place);
    }
    builder.RelrWords(Builder::RelrOf(places));
    const std::vector<std::byte> built = builder.Build();
    const auto* bytes = reinterpret_cast<const uint8_t*>(built.data());
    return {bytes, bytes + built.size()};
  }
};

}  // namespace arch::testing
