// SPDX-License-Identifier: BSD-2-Clause
//
// LayoutTest: the fixture of a TYPED_TEST_SUITE over layouts (layouts.h) whose images are linked, or
// refused with exactly one report and nothing left behind.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/harness.h"

namespace rtld::testing {

template <class L>
class LayoutTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Addr = typename L::Addr;
  using Builder = ImageBuilder<A>;
  using ProgramBench = Bench<TestSeams<A, ProgramScope>>;
  using ModuleBench = Bench<TestSeams<A>>;
  static constexpr unsigned kWord = sizeof(Addr);

  // The image, alone, fails to link with this one report.
  ::testing::AssertionResult Refused(Builder& builder, Report expected,
                                     const Policy& policy = kKernelPolicy) {
    ModuleBench bench(policy);
    if (bench.Link(bench.AddFile("x.so", builder.Build()))) {
      return ::testing::AssertionFailure() << "was linked";
    }
    if (bench.arena.live() != 0 || bench.loader.live() != 0) {
      return ::testing::AssertionFailure() << "something was left behind";
    }
    expected.image = "x.so";
    return OnlyError(bench.diagnostics, {expected});
  }
  static Report At(Error error, uint64_t place, uint32_t type) {
    return {.error = error,
            .has_place = true,
            .has_type = true,
            .type_name = A::RelocationName(type),
            .place = place,
            .type = type};
  }
};

}  // namespace rtld::testing
