// SPDX-License-Identifier: BSD-2-Clause
// A stress finds every counter that is not as before, and every fault of the page tables.
#include "tests/stress/held.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "lib/kld/testing/fake_kernel.h"

namespace stress {
namespace {

class HeldTest : public ::testing::Test {
 protected:
  // Whether a change of that counter is found under each scope.
  template <class T>
  void ExpectFound(T kld_counters::*counter, Scope narrowest) {
    kernel_.counters.*counter += 1;
    for (const Scope scope : {Scope::kLinker, Scope::kLinkerHeap, Scope::kSystem}) {
      EXPECT_EQ(AsBefore(kernel_, before_, scope, "now"), scope < narrowest);
    }
    kernel_.counters.*counter -= 1;
  }

  kld::testing::FakeKernel kernel_;
  kld_counters before_ = kernel_.counters;
};

TEST_F(HeldTest, EveryCounterButThoseOfEvents) {
  EXPECT_TRUE(AsBefore(kernel_, before_, Scope::kSystem, "now"));
  ExpectFound(&kld_counters::files, Scope::kLinker);
  ExpectFound(&kld_counters::modules, Scope::kLinker);
  ExpectFound(&kld_counters::references, Scope::kLinker);
  ExpectFound(&kld_counters::symbols, Scope::kLinker);
  ExpectFound(&kld_counters::reserved_bytes, Scope::kLinker);
  ExpectFound(&kld_counters::mapped_bytes, Scope::kLinker);
  ExpectFound(&kld_counters::registrations, Scope::kLinker);
  ExpectFound(&kld_counters::generations, Scope::kLinkerHeap);
  ExpectFound(&kld_counters::heap_blocks, Scope::kLinkerHeap);
  ExpectFound(&kld_counters::heap_bytes, Scope::kLinkerHeap);
  ExpectFound(&kld_counters::kernel_heap_blocks, Scope::kSystem);
  ExpectFound(&kld_counters::kernel_heap_bytes, Scope::kSystem);
  ExpectFound(&kld_counters::free_frames, Scope::kSystem);
  kernel_.counters.loads = kernel_.counters.unloads = kernel_.counters.failures = 9;
  EXPECT_TRUE(AsBefore(kernel_, before_, Scope::kSystem, "now"));
  kernel_.counters_error = -ENOSYS;
  EXPECT_FALSE(AsBefore(kernel_, before_, Scope::kLinker, "now"));
}

TEST_F(HeldTest, PageTables) {
  kernel_.sysctls["vm.alias_faults"] = "0";
  EXPECT_TRUE(NoAliasFault(kernel_, "now"));
  kernel_.sysctls["vm.alias_faults"] = "1";
  EXPECT_FALSE(NoAliasFault(kernel_, "now"));
  kernel_.sysctls.clear();
  EXPECT_FALSE(NoAliasFault(kernel_, "now"));
}

}  // namespace
}  // namespace stress
