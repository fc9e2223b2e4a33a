// SPDX-License-Identifier: BSD-2-Clause
//
// Images: the fixture of tests over the real images of every CPU, arch/<cpu>/testdata/. A test
// TEST_P(Name, ...) runs for each CPU, INSTANTIATE_FOR_ALL_CPUS(Name) makes it so.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "arch/testing/machine.h"
#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace arch::testing {

using Bytes = std::vector<uint8_t>;

inline void PrintTo(const Machine* machine, std::ostream* out) { *out << machine->name; }

class Images : public ::testing::TestWithParam<const Machine*> {
 protected:
  using Comparison = rtld::testing::Comparison;

  static constexpr uint64_t kBias = 0x40000000;
  // The kernel's, but for CPUs whose PLT is code that linking writes: no kernel has segments for it,
  // and no compiler leaves it out.
  static constexpr rtld::Policy kModulePolicy = [] {
    rtld::Policy policy = rtld::kKernelPolicy;
    policy.allow_writable_plt = true;
    return policy;
  }();

  void SetUp() override;

  [[nodiscard]] const Machine& cpu() const { return *GetParam(); }
  [[nodiscard]] bool wide() const { return cpu().word == 8; }
  [[nodiscard]] uint64_t last_address() const { return wide() ? ~uint64_t{0} : 0xffffffff; }

  [[nodiscard]] static std::string PathOf(const Machine& machine, const std::string& name) {
    return "arch/" + machine.name + "/testdata/" + name;
  }
  [[nodiscard]] std::string Path(const std::string& name) const { return PathOf(cpu(), name); }
  [[nodiscard]] bool Has(const std::string& name) const;
  // All shared objects of the CPU.
  [[nodiscard]] std::vector<std::string> Names() const;
  [[nodiscard]] Bytes Contents(const std::string& name) const;
  [[nodiscard]] oracle::Image Read(const std::string& name) const;

  [[nodiscard]] Machine::Comparison NewModules(const rtld::Policy& policy,
                                               uint64_t bias = kBias) const {
    return cpu().NewModules(policy, psabi_, bias);
  }
  [[nodiscard]] Machine::Comparison NewPrograms(const rtld::Policy& policy,
                                                uint64_t bias = kBias) const {
    return cpu().NewPrograms(policy, psabi_, bias);
  }

  // Gives the comparison an image as root, and everything that it may need. The first form takes
  // the root's contents from its file.
  void Load(Comparison& comparison, const std::string& name) const;
  void Load(Comparison& comparison, const std::string& name, Bytes contents) const;

  // Writes a number of the CPU's byte order into a file.
  void Patch(Bytes& file, uint64_t offset, unsigned bytes, uint64_t value) const;
  // File offset of entry `index` of the image's relocations (in the order of oracle::Image).
  [[nodiscard]] uint64_t EntryOffset(const oracle::Image& image, size_t index) const;
  // File offset of a relocation's addend: in its entry, or for REL at its place.
  [[nodiscard]] uint64_t AddendOffset(const oracle::Image& image, size_t index) const;
  // Whether some relocation of the CPU calls a resolver.
  [[nodiscard]] bool HasIfunc() const;
  // The first relocation of that meaning; fails the test if there is none.
  [[nodiscard]] size_t FindRelocation(const oracle::Image& image, Op op,
                                      const std::string& symbol = {}) const;

  oracle::Calculations psabi_;
};

[[nodiscard]] inline std::string CpuName(const ::testing::TestParamInfo<const Machine*>& info) {
  return info.param->name;
}

// Those whose images have this one.
[[nodiscard]] std::vector<const Machine*> MachinesWith(const std::string& image);

// For tests of one CPU; ends the program if there is none of that name.
[[nodiscard]] const Machine& MachineNamed(const std::string& name);

#define INSTANTIATE_FOR_ALL_CPUS(Fixture)                                                  \
  INSTANTIATE_TEST_SUITE_P(Cpu, Fixture, ::testing::ValuesIn(::arch::testing::Machines()), \
                           ::arch::testing::CpuName)

}  // namespace arch::testing
