// SPDX-License-Identifier: BSD-2-Clause
//
// Machine: a CPU as tests over all CPUs see it, with its linker behind virtual functions. So such a
// test is compiled once, and each CPU's linker once (machine_of.h, one translation unit for each
// CPU, made from the folders' names).

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"

namespace arch::testing {

class Machine {
 public:
  virtual ~Machine() = default;

  std::string name;
  uint16_t number = 0;  // e_machine
  unsigned word = 0;    // bytes of an address
  bool big_endian = false;

  // What an entry of the type does that names the symbol, or none (0).
  [[nodiscard]] virtual Op OpOf(uint32_t type, uint32_t symbol) const = 0;
  // r_info.
  [[nodiscard]] virtual uint64_t InfoOf(uint32_t symbol, uint32_t type) const = 0;

  // Sessions over the policy and the oracle's formulae, which must live longer.
  using Comparison = std::unique_ptr<rtld::testing::Comparison>;
  [[nodiscard]] virtual Comparison NewModules(const rtld::Policy& policy,
                                              const oracle::Calculations& calculations,
                                              uint64_t first_bias) const = 0;
  [[nodiscard]] virtual Comparison NewPrograms(const rtld::Policy& policy,
                                               const oracle::Calculations& calculations,
                                               uint64_t first_bias) const = 0;

  // An image "built.so" of as many words, of which those with `packed` are relocated by DT_RELR.
  [[nodiscard]] virtual std::vector<uint8_t> BuildPacked(const std::vector<bool>& packed,
                                                         uint32_t flags) const = 0;
};

// All CPUs, by name.
[[nodiscard]] const std::vector<const Machine*>& Machines();

}  // namespace arch::testing
