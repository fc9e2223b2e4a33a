// SPDX-License-Identifier: BSD-2-Clause
//
// Where reservations of the kernel's address space go, over an arena of the test's own and with
// numbers for random ones that the test chooses. There are no page tables.
#include "kernel/mm/kernel_space.h"

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/panic.h"
#include "kernel/base/random.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/frames_internal.h"
#include "kernel/mm/range_nodes.h"
#include "kernel/sched/sync.h"

namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr mm::VirtAddr kLow = 0xffffff8000000000;

mm::VirtAddr arena_end;
uint64_t random_number;
int nodes_left;  // < 0: no limit
struct Pruned {
  mm::VirtAddr start;
  size_t bytes;
};
std::vector<Pruned> pruned;

void* AllocateNode() {
  if (nodes_left == 0) return nullptr;
  if (nodes_left > 0) nodes_left--;
  return std::malloc(sizeof(mm::RangeMap::Range));
}

}  // namespace

namespace arch {
mm::VirtAddr KernelArenaStart() { return kLow; }
mm::VirtAddr KernelArenaEnd() { return arena_end; }
void PruneTables(mm::PhysAddr, mm::VirtAddr start, size_t bytes) {
  pruned.push_back({start, bytes});
}
// Nothing is mapped here.
bool MapPage(mm::PhysAddr, mm::VirtAddr, mm::PhysAddr, mm::Protection, Use) { std::abort(); }
mm::PhysAddr UnmapPage(mm::PhysAddr, mm::VirtAddr) { std::abort(); }
void ProtectPage(mm::PhysAddr, mm::VirtAddr, mm::Protection) { std::abort(); }
bool Translate(mm::PhysAddr, mm::VirtAddr, Mapping*) { std::abort(); }
void FlushRange(mm::VirtAddr, size_t) { std::abort(); }
}  // namespace arch

namespace base {
uint64_t PlacementRandom() { return random_number; }
void Panic(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::abort();
}
}  // namespace base

namespace sched {
void SpinLock::Lock() { EXPECT_EQ(held_.exchange(1), 0u); }
void SpinLock::Unlock() { held_.store(0); }
}  // namespace sched

namespace mm {

const RangeMap::NodeSource kRangeNodes = {AllocateNode, std::free};
PhysAddr KernelRoot() { return 0; }
PhysAddr AllocateFrames(size_t) { std::abort(); }
PhysAddr AllocateFramesUnzeroed(size_t) { std::abort(); }
void ReleaseFrame(PhysAddr) { std::abort(); }
void HoldExecutable(PhysAddr) { std::abort(); }
void ReleaseExecutable(PhysAddr) { std::abort(); }

namespace {

using base::Errno;

constexpr VirtAddr kMiddle = kLow + 256 * kGiB;  // what most tests want to be near

class KernelSpaceTest : public testing::Test {
 protected:
  KernelSpaceTest() {
    arena_end = kLow + 511 * kGiB;
    random_number = 0;
    nodes_left = -1;
    pruned.clear();
  }
  ~KernelSpaceTest() override {
    for (const Pruned& one : taken_) ReleaseKernelSpace(one.start, one.bytes);
    EXPECT_EQ(CountKernelSpace().reservations, 0u);
    EXPECT_EQ(CountKernelSpace().reserved_bytes, 0u);
  }

  // 0: refused.
  VirtAddr Reserve(size_t bytes, VirtAddr near) {
    auto space = ReserveKernelSpace(bytes, near);
    if (!space.ok()) {
      EXPECT_EQ(space.error(), Errno(ENOMEM));
      return 0;
    }
    taken_.push_back({space.value(), PageUp(bytes)});
    return space.value();
  }
  // [start, end) including the guard page.
  void Occupy(VirtAddr start, VirtAddr end) {
    const size_t bytes = end - start - kPageSize;
    ASSERT_TRUE(ReserveKernelSpaceAt(start, bytes).ok());
    taken_.push_back({start, bytes});
  }
  void Release(VirtAddr start) {
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i].start != start) continue;
      ReleaseKernelSpace(start, taken_[i].bytes);
      taken_.erase(taken_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
    FAIL() << "no reservation";
  }

  std::vector<Pruned> taken_;
};

// The random number counts the pages from the lowest place, and wraps after the highest.
TEST_F(KernelSpaceTest, NearIsAGibOnBothSides) {
  constexpr uint64_t kPlaces = 2 * kGiB / kPageSize - 4;  // of 4 pages and a guard page
  EXPECT_EQ(Reserve(4 * kPageSize, kMiddle), kMiddle - kGiB);
  random_number = kPlaces - 1;
  EXPECT_EQ(Reserve(4 * kPageSize, kMiddle), kMiddle + kGiB - 5 * kPageSize);
  random_number = kPlaces + 5;
  EXPECT_EQ(Reserve(4 * kPageSize, kMiddle + 1), kMiddle - kGiB + 5 * kPageSize);
}

TEST_F(KernelSpaceTest, TheArenaEndsTheWindow) {
  EXPECT_EQ(Reserve(kPageSize, kLow), kLow);
  EXPECT_EQ(Reserve(kPageSize, kLow + kGiB + 8 * kPageSize), kLow + 8 * kPageSize);
  random_number = (kGiB + kPageSize) / kPageSize - 2;
  EXPECT_EQ(Reserve(kPageSize, arena_end - kPageSize), arena_end - 2 * kPageSize);
}

TEST_F(KernelSpaceTest, NearNothingIsAnywhere) {
  EXPECT_EQ(Reserve(kPageSize, 0), kLow);
  EXPECT_EQ(Reserve(kPageSize, arena_end), arena_end - 2 * kPageSize)
      << "the lowest is taken: so the highest gap";
  random_number = 300 * kGiB / kPageSize;
  EXPECT_EQ(Reserve(kPageSize, 0), kLow + 300 * kGiB);
}

// Where no random try finds a place: the highest gap of the window, however small, comes before the
// rest of the arena.
TEST_F(KernelSpaceTest, TheLastGapOfTheWindowIsFound) {
  const VirtAddr gap = kMiddle + 123 * kPageSize;
  Occupy(kMiddle - kGiB, gap);
  Occupy(gap + 3 * kPageSize, kMiddle + kGiB);
  EXPECT_EQ(Reserve(2 * kPageSize, kMiddle), gap);
}

TEST_F(KernelSpaceTest, AFullWindowIsLeft) {
  const VirtAddr gap = kMiddle + 123 * kPageSize;
  Occupy(kMiddle - kGiB, gap);
  Occupy(gap + 3 * kPageSize, kMiddle + kGiB);
  // Three pages, but not a guard page behind them.
  EXPECT_EQ(Reserve(3 * kPageSize, kMiddle), kLow);
  random_number = 300 * kGiB / kPageSize;
  EXPECT_EQ(Reserve(3 * kPageSize, kMiddle), kLow + 300 * kGiB);
  // The random place of the whole arena is in the window: the highest gap of the arena then.
  random_number = (kMiddle - kLow) / kPageSize;
  EXPECT_EQ(Reserve(3 * kPageSize, kMiddle), arena_end - 4 * kPageSize);
  // And near is near again when there is room.
  Release(kMiddle - kGiB);
  random_number = 0;
  EXPECT_EQ(Reserve(3 * kPageSize, kMiddle), kMiddle - kGiB);
}

TEST_F(KernelSpaceTest, WhatIsLargerThanTheWindowGoesElsewhere) {
  random_number = 3;
  EXPECT_EQ(Reserve(2 * kGiB - kPageSize, kMiddle), kMiddle - kGiB)
      << "with its guard page it fits";
  EXPECT_EQ(Reserve(2 * kGiB, kMiddle), kLow + 3 * kPageSize);
}

TEST_F(KernelSpaceTest, ASmallArenaIsAllNearAndCanBeFull) {
  arena_end = kLow + 510 * (kGiB / 1024);
  const VirtAddr near = kLow + 100 * kPageSize;
  Occupy(kLow, arena_end);
  EXPECT_EQ(Reserve(kPageSize, near), 0u);
  EXPECT_EQ(Reserve(kPageSize, 0), 0u);
  const SpaceCounts full = CountKernelSpace();
  EXPECT_EQ(full.bytes, arena_end - kLow);
  EXPECT_EQ(full.reserved_bytes, arena_end - kLow - kPageSize);
  EXPECT_EQ(full.reservations, 1u);
  Release(kLow);
  EXPECT_EQ(Reserve(kPageSize, near), kLow);
}

TEST_F(KernelSpaceTest, RefusesWhatNoArenaHas) {
  EXPECT_EQ(Reserve(0, kMiddle), 0u);
  EXPECT_EQ(Reserve(arena_end - kLow, kMiddle), 0u) << "no room for the guard page";
  EXPECT_EQ(Reserve(arena_end - kLow + 1, kMiddle), 0u);
  EXPECT_EQ(Reserve(~size_t{0}, kMiddle), 0u);
  EXPECT_EQ(Reserve(arena_end - kLow - kPageSize, kMiddle), kLow);
}

TEST_F(KernelSpaceTest, WithoutMemoryNothingIsReserved) {
  nodes_left = 0;
  EXPECT_EQ(Reserve(kPageSize, kMiddle), 0u);
  EXPECT_EQ(CountKernelSpace().reserved_bytes, 0u);
  nodes_left = 1;
  EXPECT_EQ(Reserve(kPageSize, kMiddle), kMiddle - kGiB);
}

TEST_F(KernelSpaceTest, ReleasingPrunesTheTables) {
  const VirtAddr start = Reserve(3 * kPageSize - 1, kMiddle);
  EXPECT_EQ(CountKernelSpace().reserved_bytes, 3 * kPageSize);
  Release(start);
  ASSERT_EQ(pruned.size(), 1u);
  EXPECT_EQ(pruned[0].start, start);
  EXPECT_EQ(pruned[0].bytes, 3 * kPageSize);
}

using KernelSpaceDeathTest = KernelSpaceTest;

TEST_F(KernelSpaceDeathTest, ReleasingAnotherSizeIsABug) {
  const VirtAddr start = Reserve(3 * kPageSize, kMiddle);
  EXPECT_DEATH(ReleaseKernelSpace(start, 2 * kPageSize), "no reservation");
  EXPECT_DEATH(ReleaseKernelSpace(start + kPageSize, 2 * kPageSize), "no reservation");
}

TEST_F(KernelSpaceTest, FarIsTheOtherEnd) {
  const auto below = ReserveKernelSpaceFar(kPageSize, kLow + 300 * kGiB);
  const auto above = ReserveKernelSpaceFar(kPageSize, kLow + 200 * kGiB);
  EXPECT_EQ(below.value(), kLow);
  EXPECT_EQ(above.value(), arena_end - 2 * kPageSize);
  ReleaseKernelSpace(kLow, kPageSize);
  ReleaseKernelSpace(arena_end - 2 * kPageSize, kPageSize);
  EXPECT_EQ(ReserveKernelSpaceFar(kPageSize, kLow - 1).error(), Errno(EINVAL));
  EXPECT_EQ(ReserveKernelSpaceFar(arena_end - kLow, kLow).error(), Errno(ENOMEM));
}

}  // namespace
}  // namespace mm
