// SPDX-License-Identifier: BSD-2-Clause
//
// ReadTest: the fixture of a TYPED_TEST_SUITE over layouts (layouts.h) whose images are read: their
// headers, their segments, their dynamic section and its versions, by no session.

#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/ehdr.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/testing/expect_report.h"
#include "rtld_shared/testing/fakes.h"
#include "rtld_shared/testing/image_builder.h"

namespace rtld::testing {

template <class L>
class ReadTest : public ::testing::Test {
 public:
  using A = arch::Exemplar<L>;
  using Builder = ImageBuilder<A>;
  using Phdrs = std::vector<typename L::Phdr>;
  using Entries = std::vector<std::pair<uint64_t, uint64_t>>;

  ~ReadTest() override {
    FreePlan(arena, plan);
    FreeArray(arena, versions);
    EXPECT_EQ(arena.live(), 0u);
    EXPECT_EQ(arena.bad_frees(), 0u);
  }

  bool Read(std::vector<std::byte> bytes, const Policy& policy = kKernelPolicy) {
    file = std::make_unique<BufferFile>("x.so", std::move(bytes));
    if (!ReadHeaders<A>(diagnostics, *file, policy, headers) ||
        !PlanLoad<A>(diagnostics, arena, headers.phdrs, file->Size(), 0x1000, policy, plan)) {
      return false;
    }
    FileMemory<BufferFile> memory(*file, plan);
    return Decode<A>(diagnostics, memory, plan, policy, info) &&
           ReadVersions<A>(diagnostics, arena, memory, info, versions);
  }
  // Builds, reads, and compares the one report there must be.
  ::testing::AssertionResult Refused(Builder& builder, const Report& expected,
                                     const Policy& policy = kKernelPolicy) {
    if (Read(builder.Build(), policy)) return ::testing::AssertionFailure() << "was accepted";
    return OnlyError(diagnostics, {expected});
  }
  // A tag's value replaced, before the image is finished.
  static auto SetTag(uint64_t tag, uint64_t value) {
    return [tag, value](Entries& entries) {
      for (auto& entry : entries) {
        if (entry.first == tag) entry.second = value;
      }
    };
  }
  static auto DropTag(uint64_t tag) {
    return [tag](Entries& entries) {
      std::erase_if(entries, [tag](const auto& entry) { return entry.first == tag; });
    };
  }

  std::unique_ptr<BufferFile> file;
  CountingArena arena;
  Collector diagnostics;
  Headers<A> headers;
  LoadPlan plan;
  DynamicInfo<A> info;
  Versions versions;
};

}  // namespace rtld::testing
