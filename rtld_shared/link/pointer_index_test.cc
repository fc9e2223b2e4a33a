// SPDX-License-Identifier: BSD-2-Clause
//
// PointerIndex against std::map, while it grows; and what a failed allocation leaves.

#include "rtld_shared/link/pointer_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "rtld_shared/testing/fakes.h"

namespace rtld {
namespace {

using testing::CountingArena;

TEST(PointerIndex, FindsWhatWasAddedFirst) {
  CountingArena arena;
  PointerIndex index;
  std::map<const void*, uint32_t> model;
  std::mt19937 random(7);
  // Close together, so that many are added twice and many are not there.
  std::vector<uint64_t> objects(2000);
  EXPECT_EQ(index.Find(&objects[0]), PointerIndex::kNone);
  for (uint32_t i = 0; i < 1500; ++i) {
    const void* const object = &objects[random() % objects.size()];
    ASSERT_TRUE(index.Add(arena, object, i));
    model.emplace(object, i);
  }
  for (const uint64_t& object : objects) {
    const auto found = model.find(&object);
    ASSERT_EQ(index.Find(&object), found == model.end() ? PointerIndex::kNone : found->second);
  }
  EXPECT_EQ(index.Find(nullptr), PointerIndex::kNone);
  index.Clear(arena);
  EXPECT_EQ(index.Find(&objects[0]), PointerIndex::kNone);
  EXPECT_EQ(arena.live(), 0u);
  EXPECT_EQ(arena.bad_frees(), 0u);
}

TEST(PointerIndex, KeepsWhatItHasWhenItCannotGrow) {
  std::vector<uint64_t> objects(100);
  for (const size_t fail_at : {0, 1, 2}) {
    CountingArena arena(fail_at);
    PointerIndex index;
    uint32_t added = 0;
    while (index.Add(arena, &objects[added], added)) ++added;
    // Half of 16, and of twice that.
    EXPECT_EQ(added, fail_at == 0 ? 0u : 4u << fail_at);
    for (uint32_t i = 0; i < objects.size(); ++i) {
      EXPECT_EQ(index.Find(&objects[i]), i < added ? i : PointerIndex::kNone);
    }
    index.Clear(arena);
    EXPECT_EQ(arena.live(), 0u);
  }
}

}  // namespace
}  // namespace rtld
