// SPDX-License-Identifier: BSD-2-Clause
// When the stack of handlers may change, and when a program is on it.

#include "kernel/proc/alternate_stack.h"

#include <gtest/gtest.h>

#include "kernel/kpi/errno.h"

namespace proc {
namespace {

constexpr uintptr_t kBase = 0x10000;
constexpr size_t kBytes = 8192;
constexpr size_t kLeast = 2048;
constexpr uintptr_t kElsewhere = 0x800000;

AlternateStack Make(uint32_t flags) {
  AlternateStack stack;
  EXPECT_EQ(stack.Set({kBase, kBytes, flags}, kElsewhere, kLeast), base::Error::kOk);
  return stack;
}

TEST(AlternateStacks, AreInUseFromAboveTheBaseToTheEnd) {
  const AlternateStack stack = Make(0);
  EXPECT_FALSE(stack.InUse(kBase));
  EXPECT_TRUE(stack.InUse(kBase + 1));
  EXPECT_TRUE(stack.InUse(kBase + kBytes));
  EXPECT_FALSE(stack.InUse(kBase + kBytes + 1));
  EXPECT_FALSE(AlternateStack{}.InUse(0));
  EXPECT_FALSE(AlternateStack{}.InUse(kBase));
  EXPECT_FALSE(Make(kStackAutoDisarm).InUse(kBase + 1));
}

TEST(AlternateStacks, SayWhetherTheyAreInUse) {
  EXPECT_EQ(AlternateStack{}.FlagsAt(kBase), kStackDisabled);
  EXPECT_EQ(Make(0).FlagsAt(kElsewhere), 0u);
  EXPECT_EQ(Make(kStackInUse).FlagsAt(kElsewhere), 0u);
  EXPECT_EQ(Make(0).FlagsAt(kBase + 1), kStackInUse);
  EXPECT_EQ(Make(kStackAutoDisarm).FlagsAt(kBase + 1), kStackAutoDisarm);
}

TEST(AlternateStacks, DoNotChangeWhileInUse) {
  AlternateStack stack = Make(0);
  EXPECT_EQ(stack.Set({.flags = kStackDisabled}, kBase + 1, kLeast), base::Errno(EPERM));
  EXPECT_EQ(stack.base, kBase);
  EXPECT_EQ(stack.Set({.flags = kStackDisabled}, kElsewhere, kLeast), base::Error::kOk);
  EXPECT_EQ(stack.bytes, 0u);
  stack = Make(kStackAutoDisarm);
  EXPECT_EQ(stack.Set({kBase, kBytes, 0}, kBase + 1, kLeast), base::Error::kOk);
}

TEST(AlternateStacks, AreRefusedWhenTooSmallOrStrange) {
  AlternateStack stack = Make(0);
  EXPECT_EQ(stack.Set({kBase + 1, kLeast - 1, 0}, kElsewhere, kLeast), base::Errno(ENOMEM));
  EXPECT_EQ(stack.Set({kBase + 1, kBytes, 3}, kElsewhere, kLeast), base::Errno(EINVAL));
  EXPECT_EQ(stack.Set({kBase + 1, kBytes, 4}, kElsewhere, kLeast), base::Errno(EINVAL));
  EXPECT_EQ(stack.base, kBase);
  EXPECT_EQ(stack.Set({kBase, kLeast, 0}, kElsewhere, kLeast), base::Error::kOk);
  EXPECT_EQ(stack.bytes, kLeast);
  // One that is disabled needs no size.
  EXPECT_EQ(stack.Set({kBase, 1, kStackDisabled | kStackAutoDisarm}, kElsewhere, kLeast),
            base::Error::kOk);
  EXPECT_EQ(stack.base, 0u);
  EXPECT_EQ(stack.FlagsAt(kBase), kStackDisabled | kStackAutoDisarm);
}

}  // namespace
}  // namespace proc
