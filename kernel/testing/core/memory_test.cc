// SPDX-License-Identifier: BSD-2-Clause
#include <cstddef>

#include "arch/contract/kernel/mmu.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/testing/core/check.h"

namespace core_test {
namespace {

using base::Errno;
using base::Ok;
using mm::kPageSize;
using mm::Protection;
using mm::VirtAddr;

struct Counters {
  mm::FrameCounts frames = mm::CountFrames();
  mm::SpaceCounts space = mm::CountKernelSpace();
  mm::HeapCounts heap = mm::CountHeap();
};

void CheckSame(const Counters& before) {
  Counters now;
  CHECK_EQUAL(now.frames.total, before.frames.total);
  CHECK_EQUAL(now.frames.free, before.frames.free);
  CHECK_EQUAL(now.frames.executable, before.frames.executable);
  CHECK_EQUAL(now.space.reserved_bytes, before.space.reserved_bytes);
  CHECK_EQUAL(now.space.mapped_bytes, before.space.mapped_bytes);
  CHECK_EQUAL(now.space.reservations, before.space.reservations);
  CHECK_EQUAL(now.heap.blocks, before.heap.blocks);
  CHECK_EQUAL(now.heap.bytes, before.heap.bytes);
}

Protection ProtectionAt(const void* address) {
  arch::Mapping mapping;
  bool mapped = arch::Translate(arch::CurrentRoot(), reinterpret_cast<VirtAddr>(address), &mapping);
  return mapped ? mapping.protection : Protection::kNone;
}

mm::PhysAddr FrameAt(VirtAddr address) {
  arch::Mapping mapping;
  return arch::Translate(arch::CurrentRoot(), address, &mapping) ? mapping.frame : mm::kNoFrame;
}

bool AllZero(const void* memory, size_t bytes) {
  auto* words = static_cast<const uint64_t*>(memory);
  for (size_t i = 0; i < bytes / 8; i++) {
    if (words[i]) return false;
  }
  return true;
}

// What kernel_space.cc calls near the start of a page, as far as the arena goes.
struct Window {
  static constexpr VirtAddr kReach = VirtAddr{1} << 30;

  explicit Window(VirtAddr near) {
    const VirtAddr from = arch::KernelArenaStart(), to = arch::KernelArenaEnd();
    low = near - from > kReach ? near - kReach : from;
    high = to - near > kReach ? near + kReach : to;
  }
  bool Contains(VirtAddr start, size_t bytes) const {
    return start >= low && start < high && bytes <= high - start;
  }
  bool Overlaps(VirtAddr start, size_t bytes) const { return start < high && start + bytes > low; }

  VirtAddr low, high;
};

struct Reservation {
  VirtAddr start;
  size_t bytes;
};
constexpr size_t kMaxFillers = 1024;
constinit Reservation fillers[kMaxFillers];

// Reserves the largest power of two that is free at `at` and ends, with its guard page, in the
// window. 0: not even a page is.
size_t ReserveLargestAt(VirtAddr at, const Window& window) {
  for (size_t bytes = size_t{1} << 30; bytes >= kPageSize; bytes /= 2) {
    if (!window.Contains(at, bytes + kPageSize)) continue;
    if (mm::ReserveKernelSpaceAt(at, bytes).ok()) return bytes;
  }
  return 0;
}

// Reserves what is free in the window but for single pages, in which no reservation fits, for each
// takes a guard page. Returns how many `fillers` there are.
size_t FillWindow(const Window& window) {
  size_t count = 0;
  for (VirtAddr at = window.low; at < window.high && count < kMaxFillers;) {
    const size_t bytes = ReserveLargestAt(at, window);
    if (bytes) fillers[count++] = {at, bytes};
    at += bytes + kPageSize;
  }
  return count;
}

// The window near an address is full: what is wanted there comes from elsewhere in the arena, if
// that has an elsewhere, and from the window again when there is room.
void CheckFullWindow(VirtAddr near) {
  constexpr size_t kBytes = 5 * kPageSize;
  const Window window(near);
  const size_t count = FillWindow(window);
  CHECK_THAT(count > 0 && count < kMaxFillers);
  const bool whole_arena =
      window.low == arch::KernelArenaStart() && window.high == arch::KernelArenaEnd();
  auto small = mm::ReserveKernelSpace(kPageSize, near);
  auto large = mm::ReserveKernelSpace(kBytes, near);
  CHECK_THAT(small.error() == (whole_arena ? Errno(ENOMEM) : base::Error::kOk));
  CHECK_THAT(large.error() == (whole_arena ? Errno(ENOMEM) : base::Error::kOk));
  if (small.ok()) {
    CHECK_THAT(!window.Overlaps(small.value(), kPageSize));
    mm::ReleaseKernelSpace(small.value(), kPageSize);
  }
  if (large.ok()) {
    CHECK_THAT(!window.Overlaps(large.value(), kBytes));
    mm::ReleaseKernelSpace(large.value(), kBytes);
  }
  // One hole, of the right size.
  if (count) {
    const Reservation hole = fillers[0];
    mm::ReleaseKernelSpace(hole.start, hole.bytes);
    auto again = mm::ReserveKernelSpace(hole.bytes, near);
    CHECK_THAT(again.ok() && again.value() - hole.start <= kPageSize);
    if (again.ok()) mm::ReleaseKernelSpace(again.value(), hole.bytes);
  }
  for (size_t i = 1; i < count; i++) mm::ReleaseKernelSpace(fillers[i].start, fillers[i].bytes);
}

}  // namespace

void TestFrames() {
  Counters before;
  mm::PhysAddr one = mm::AllocateFrame();
  CHECK_THAT(one != mm::kNoFrame && one % kPageSize == 0);
  CHECK_THAT(AllZero(mm::DirectMap(one), kPageSize));
  CHECK_EQUAL(mm::DirectMapPhys(mm::DirectMap(one)), one);
  CHECK_EQUAL(mm::CountFrames().free, before.frames.free - 1);
  // Freed and dirty, the same memory is given out zeroed again.
  __builtin_memset(mm::DirectMap(one), 0xa5, kPageSize);
  mm::ReleaseFrame(one);
  mm::PhysAddr again = mm::AllocateFrame();
  CHECK_THAT(AllZero(mm::DirectMap(again), kPageSize));
  mm::RetainFrame(again);
  mm::ReleaseFrame(again);
  CHECK_EQUAL(mm::FrameReferences(again), 1);

  // The alias is read-only exactly as long as somebody executes the frame.
  CHECK_THAT(ProtectionAt(mm::DirectMap(again)) == Protection::kReadWrite);
  mm::HoldExecutable(again);
  mm::HoldExecutable(again);
  CHECK_THAT(ProtectionAt(mm::DirectMap(again)) == Protection::kRead);
  CHECK_EQUAL(mm::CountFrames().executable, before.frames.executable + 1);
  mm::ReleaseExecutable(again);
  CHECK_THAT(ProtectionAt(mm::DirectMap(again)) == Protection::kRead);
  mm::ReleaseExecutable(again);
  CHECK_THAT(ProtectionAt(mm::DirectMap(again)) == Protection::kReadWrite);
  mm::ReleaseFrame(again);

  mm::PhysAddr many = mm::AllocateFrames(100);
  CHECK_THAT(many != mm::kNoFrame && AllZero(mm::DirectMap(many), 100 * kPageSize));
  mm::ReleaseFrames(many, 100);
  CheckSame(before);
}

void TestKernelSpace() {
  Counters before;
  constexpr size_t kBytes = 5 * kPageSize;
  auto near = reinterpret_cast<VirtAddr>(&TestKernelSpace);
  auto space = mm::ReserveKernelSpace(kBytes, near);
  CHECK_THAT(space.ok());
  VirtAddr start = space.value();
  uint64_t distance = start > near ? start - near : near - start;
  CHECK_THAT(distance <= uint64_t{1} << 30);
  CHECK_THAT(FrameAt(start) == mm::kNoFrame);
  CHECK_THAT(mm::ReserveKernelSpaceAt(start + kPageSize, kPageSize).error() == Errno(EEXIST));
  // The guard page belongs to the reservation.
  CHECK_THAT(mm::ReserveKernelSpaceAt(start + kBytes, kPageSize).error() == Errno(EEXIST));
  CHECK_THAT(mm::ReserveKernelSpaceAt(start + 1, kPageSize).error() == Errno(EINVAL));
  CHECK_THAT(mm::ReserveKernelSpaceAt(0x400000, kPageSize).error() == Errno(EINVAL));
  CHECK_THAT(mm::ReserveKernelSpace(~size_t{0} / 2, 0).error() == Errno(ENOMEM));

  CHECK_THAT(Ok(mm::MapKernel(start, kBytes)));
  auto* words = reinterpret_cast<volatile uint64_t*>(start);
  CHECK_THAT(AllZero(reinterpret_cast<void*>(start), kBytes));
  words[0] = 42;
  CHECK_EQUAL(mm::CountKernelSpace().mapped_bytes, before.space.mapped_bytes + kBytes);

  // Text: the page is not writable any more, nor is its frame through the direct map.
  mm::ProtectKernel(start, 2 * kPageSize, Protection::kReadExecute);
  CHECK_THAT(ProtectionAt(const_cast<uint64_t*>(words)) == Protection::kReadExecute);
  CHECK_THAT(ProtectionAt(mm::DirectMap(FrameAt(start))) == Protection::kRead);
  CHECK_THAT(ProtectionAt(mm::DirectMap(FrameAt(start + 2 * kPageSize))) == Protection::kReadWrite);
  CHECK_EQUAL(mm::CountFrames().executable, before.frames.executable + 2);
  CHECK_EQUAL(words[0], 42);
  mm::ProtectKernel(start + 2 * kPageSize, kPageSize, Protection::kRead);
  CHECK_THAT(ProtectionAt(reinterpret_cast<void*>(start + 2 * kPageSize)) == Protection::kRead);
  mm::ProtectKernel(start, kPageSize, Protection::kReadWrite);
  words[0] = 43;
  CHECK_THAT(ProtectionAt(mm::DirectMap(FrameAt(start))) == Protection::kReadWrite);

  mm::UnmapKernel(start, kBytes);
  CHECK_THAT(FrameAt(start) == mm::kNoFrame);
  mm::ReleaseKernelSpace(start, kBytes);

  // Far away, at an address, and anywhere.
  const VirtAddr low = arch::KernelArenaStart(), high = arch::KernelArenaEnd();
  auto below = mm::ReserveKernelSpaceFar(kBytes, high - kPageSize);
  auto above = mm::ReserveKernelSpaceFar(kBytes, low);
  CHECK_THAT(below.ok() && below.value() - low < (high - low) / 8);
  CHECK_THAT(above.ok() && high - above.value() < (high - low) / 8);
  CHECK_THAT(mm::ReserveKernelSpaceFar(kBytes, low - 1).error() == Errno(EINVAL));
  mm::ReleaseKernelSpace(below.value(), kBytes);
  auto same = mm::ReserveKernelSpaceAt(below.value(), kBytes);
  CHECK_THAT(same.ok() && same.value() == below.value());
  mm::ReleaseKernelSpace(below.value(), kBytes);
  mm::ReleaseKernelSpace(above.value(), kBytes);
  auto any = mm::ReserveKernelSpace(kPageSize, 0);
  auto other = mm::ReserveKernelSpace(kPageSize, 0);
  CHECK_THAT(any.ok() && other.ok() && any.value() != other.value());
  mm::ReleaseKernelSpace(any.value(), kPageSize);
  mm::ReleaseKernelSpace(other.value(), kPageSize);
  CheckSame(before);
}

void TestFullWindow() {
  const VirtAddr near = mm::PageDown(reinterpret_cast<VirtAddr>(&TestFullWindow));
  // The records of so many reservations take frames, which stay for the next ones.
  CheckFullWindow(near);
  Counters before;
  CheckFullWindow(near);
  CheckSame(before);
}

void TestHeap() {
  Counters before;
  constexpr size_t kSizes[] = {0, 1, 15, 16, 100, 500, 4000, 4096, 70000, 3 << 20};
  for (size_t bytes : kSizes) {
    auto* block = static_cast<char*>(mm::Allocate(bytes));
    CHECK_THAT(block && reinterpret_cast<uintptr_t>(block) % 16 == 0);
    __builtin_memset(block, 0x5a, bytes);
    CHECK_EQUAL(mm::CountHeap().blocks, before.heap.blocks + 1);
    CHECK_EQUAL(mm::CountHeap().bytes, before.heap.bytes + bytes);
    mm::Free(block);
  }
  for (size_t align : {32, 64, 256, 4096}) {
    void* block = mm::Allocate(100, align);
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(block) % align, 0);
    __builtin_memset(block, 0x5a, 100);
    mm::Free(block);
  }
  CHECK_THAT(mm::Allocate(~size_t{0} - 8) == nullptr);
  CHECK_THAT(mm::Allocate(~size_t{0} / 4) == nullptr);
  mm::FailAllocationAfter(2);
  void* first = mm::Allocate(10);
  void* second = mm::Allocate(10);
  void* third = mm::Allocate(10);
  CHECK_THAT(first && !second && third);
  mm::Free(first);
  mm::Free(third);
  mm::Free(nullptr);
  CheckSame(before);
}

void TestWalker() {
  mm::AliasFault faults[4] = {};
  CHECK_EQUAL(mm::WalkPageTables(faults, 4), 0);

  // An executable mapping that nobody has announced: writable through the direct map.
  auto space = mm::ReserveKernelSpace(kPageSize, 0);
  mm::PhysAddr frame = mm::AllocateFrame();
  CHECK_THAT(arch::MapPage(arch::CurrentRoot(), space.value(), frame, Protection::kReadExecute,
                           arch::Use::kKernel));
  CHECK_EQUAL(mm::WalkPageTables(faults, 4), 1);
  CHECK_EQUAL(faults[0].frame, frame);
  CHECK_EQUAL(faults[0].executable_at, space.value());
  CHECK_EQUAL(faults[0].writable_at, reinterpret_cast<VirtAddr>(mm::DirectMap(frame)));
  CHECK_EQUAL(mm::WalkPageTables(nullptr, 0), 1);
  CHECK_EQUAL(arch::UnmapPage(arch::CurrentRoot(), space.value()), frame);
  arch::FlushRange(space.value(), kPageSize);
  mm::ReleaseFrame(frame);
  mm::ReleaseKernelSpace(space.value(), kPageSize);
  CHECK_EQUAL(mm::WalkPageTables(faults, 4), 0);
}

// Every allocation of frames inside an operation fails once; nothing of it stays.
void TestFailures() {
  constexpr size_t kBytes = 4 * kPageSize;
  Counters before;
  auto space = mm::ReserveKernelSpace(kBytes, 0);
  Counters reserved;
  uint64_t failures = 0;
  for (uint64_t nth = 1;; nth++) {
    mm::FailFramesAfter(nth);
    base::Error error = mm::MapKernel(space.value(), kBytes);
    mm::FailFramesAfter(0);
    if (Ok(error)) break;
    failures++;
    CHECK_THAT(error == Errno(ENOMEM));
    CHECK_THAT(FrameAt(space.value()) == mm::kNoFrame);
    CHECK_EQUAL(mm::CountKernelSpace().mapped_bytes, reserved.space.mapped_bytes);
  }
  CHECK_THAT(failures >= 4);
  mm::UnmapKernel(space.value(), kBytes);
  mm::ReleaseKernelSpace(space.value(), kBytes);
  CheckSame(before);

  failures = 0;
  // It takes hundreds of frames: every one of the first, then some of the rest.
  for (uint64_t nth = 1;; nth += nth < 8 ? 1 : 61) {
    mm::FailFramesAfter(nth);
    void* block = mm::Allocate(3 << 20);
    mm::FailFramesAfter(0);
    if (block) {
      mm::Free(block);
      break;
    }
    failures++;
    CheckSame(before);
  }
  CHECK_THAT(failures > 0);
  mm::FailFramesAfter(1);
  CHECK_THAT(mm::AllocateFrame() == mm::kNoFrame);
  mm::PhysAddr frame = mm::AllocateFrame();
  CHECK_THAT(frame != mm::kNoFrame);
  mm::ReleaseFrame(frame);
}

}  // namespace core_test
