// SPDX-License-Identifier: BSD-2-Clause
#include <cstddef>

#include "arch/contract/kernel/mmu.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/sched/thread.h"
#include "kernel/testing/core/check.h"

namespace core_test {
namespace {

using base::Errno;
using base::Ok;
using mm::AddressSpace;
using mm::kPageSize;
using mm::Protection;
using mm::VirtAddr;

constexpr VirtAddr kStart = 0x400000;

mm::PhysAddr FrameAt(AddressSpace& space, VirtAddr address) {
  arch::Mapping mapping;
  return arch::Translate(space.root(), address, &mapping) ? mapping.frame : mm::kNoFrame;
}

size_t Regions(AddressSpace& space) {
  AddressSpace::Region region{};
  size_t count = 0;
  while (space.NextRegion(region.start + region.bytes, &region)) count++;
  return count;
}

uint64_t ReadWord(AddressSpace& space, VirtAddr from) {
  uint64_t word = 0;
  CHECK_THAT(Ok(space.Read(&word, from, sizeof word)));
  return word;
}

// Text, data and a page without access, as exec lays out a program.
void FillProgram(AddressSpace& space) {
  uint64_t word = 0x1111;
  CHECK_THAT(space.Map(kStart, 2 * kPageSize, Protection::kReadWrite, true).ok());
  CHECK_THAT(Ok(space.Write(kStart, &word, sizeof word)));
  CHECK_THAT(Ok(space.Protect(kStart, kPageSize, Protection::kReadExecute)));
  word = 0x2222;
  CHECK_THAT(Ok(space.Write(kStart + kPageSize, &word, sizeof word)));
  CHECK_THAT(space.Map(kStart + 4 * kPageSize, kPageSize, Protection::kNone, true).ok());
}

void TestRegions(AddressSpace& space) {
  FillProgram(space);
  CHECK_EQUAL(Regions(space), 3);
  uint64_t word = 1;
  CHECK_THAT(space.Write(kStart, &word, sizeof word) == Errno(EFAULT));
  CHECK_EQUAL(ReadWord(space, kStart), 0x1111);
  CHECK_THAT(FrameAt(space, kStart + 4 * kPageSize) == mm::kNoFrame);

  // What is replaced is zero again; the borders split the region.
  CHECK_THAT(space.Map(kStart + kPageSize, kPageSize, Protection::kReadWrite, true).ok());
  CHECK_EQUAL(ReadWord(space, kStart + kPageSize), 0);
  // Over a hole and a page without access.
  CHECK_THAT(space.Map(kStart + 2 * kPageSize, 3 * kPageSize, Protection::kReadWrite, true).ok());
  CHECK_EQUAL(Regions(space), 2);
  CHECK_THAT(Ok(space.Unmap(kStart + 2 * kPageSize, kPageSize)));
  CHECK_EQUAL(Regions(space), 3);
  CHECK_THAT(space.Protect(kStart, 5 * kPageSize, Protection::kRead) == Errno(ENOMEM));
  CHECK_THAT(Ok(space.Unmap(kStart + 2 * kPageSize, kPageSize)));

  CHECK_THAT(space.Map(kStart + 1, kPageSize, Protection::kRead, true).error() == Errno(EINVAL));
  CHECK_THAT(space.Map(0, kPageSize, Protection::kRead, true).error() == Errno(ENOMEM));
  CHECK_THAT(space.Map(arch::UserEnd(), kPageSize, Protection::kRead, true).error() ==
             Errno(ENOMEM));
  CHECK_THAT(space.Map(0, 0, Protection::kRead, false).error() == Errno(EINVAL));
  CHECK_THAT(space.Unmap(kStart + 1, kPageSize) == Errno(EINVAL));

  // Chosen addresses: the hint, else below the stack and top down.
  auto hinted = space.Map(0x10000000, kPageSize, Protection::kRead, false);
  CHECK_EQUAL(hinted.value(), 0x10000000);
  auto first = space.Map(0, kPageSize, Protection::kReadWrite, false);
  auto second = space.Map(0, kPageSize, Protection::kReadWrite, false);
  CHECK_THAT(first.value() < space.StackTop() - AddressSpace::kStackRoom);
  CHECK_EQUAL(second.value(), first.value() - kPageSize);

  space.InitBreak(0x600123);
  CHECK_EQUAL(space.SetBreak(0), 0x601000);
  CHECK_EQUAL(space.SetBreak(0x603010), 0x603010);
  CHECK_EQUAL(ReadWord(space, 0x603ff8), 0);
  CHECK_EQUAL(space.SetBreak(0x601800), 0x601800);
  CHECK_THAT(FrameAt(space, 0x602000) == mm::kNoFrame);
  CHECK_THAT(space.Map(0x605000, kPageSize, Protection::kRead, true).ok());
  CHECK_EQUAL(space.SetBreak(0x606000), 0x601800);
}

void TestCopies() {
  char text[16] = "";
  AddressSpace* space = AddressSpace::Create().value();
  VirtAddr last = kStart + 3 * kPageSize - 4;
  CHECK_THAT(space->Map(kStart, 2 * kPageSize, Protection::kReadWrite, true).ok());
  CHECK_THAT(space->Map(kStart + 2 * kPageSize, kPageSize, Protection::kRead, true).ok());
  CHECK_THAT(mm::CopyIn(text, kStart, 1) == Errno(EFAULT));
  sched::SetProcess(nullptr, space);
  // Across a page border.
  CHECK_THAT(Ok(mm::CopyOut(kStart + kPageSize - 3, "kernel", 7)));
  CHECK_THAT(Ok(mm::CopyIn(text, kStart + kPageSize - 3, 7)));
  CHECK_THAT(!__builtin_memcmp(text, "kernel", 7));
  auto length = mm::CopyInString(text, kStart + kPageSize - 3, sizeof text);
  CHECK_EQUAL(length.value(), 6);
  CHECK_THAT(mm::CopyInString(text, kStart + kPageSize - 3, 6).error() == Errno(ENAMETOOLONG));
  // Read-only, unmapped, the kernel's.
  CHECK_THAT(mm::CopyOut(kStart + 2 * kPageSize, "x", 1) == Errno(EFAULT));
  CHECK_THAT(Ok(mm::CopyIn(text, last, 4)));
  CHECK_THAT(mm::CopyIn(text, last, 5) == Errno(EFAULT));
  CHECK_THAT(mm::CopyIn(text, reinterpret_cast<VirtAddr>(&kStart), 1) == Errno(EFAULT));
  CHECK_THAT(mm::CopyOut(reinterpret_cast<VirtAddr>(text), "x", 1) == Errno(EFAULT));
  sched::SetProcess(nullptr, nullptr);
  space->Destroy();
}

void TestFork() {
  AddressSpace* parent = AddressSpace::Create().value();
  FillProgram(*parent);
  AddressSpace* child = parent->Fork().value();
  CHECK_EQUAL(Regions(*child), Regions(*parent));
  CHECK_EQUAL(child->StackTop(), parent->StackTop());
  // Text is shared, data copied.
  CHECK_EQUAL(FrameAt(*child, kStart), FrameAt(*parent, kStart));
  CHECK_THAT(FrameAt(*child, kStart + kPageSize) != FrameAt(*parent, kStart + kPageSize));
  uint64_t word = 0x3333;
  CHECK_THAT(Ok(child->Write(kStart + kPageSize, &word, sizeof word)));
  CHECK_EQUAL(ReadWord(*parent, kStart + kPageSize), 0x2222);
  // What was shared and becomes writable is a copy.
  CHECK_THAT(Ok(child->Protect(kStart, kPageSize, Protection::kReadWrite)));
  CHECK_THAT(FrameAt(*child, kStart) != FrameAt(*parent, kStart));
  CHECK_EQUAL(ReadWord(*child, kStart), 0x1111);
  CHECK_THAT(Ok(child->Write(kStart, &word, sizeof word)));
  CHECK_EQUAL(ReadWord(*parent, kStart), 0x1111);
  CHECK_EQUAL(mm::WalkPageTables(nullptr, 0), 0);
  parent->Destroy();
  CHECK_EQUAL(ReadWord(*child, kStart), 0x3333);
  child->Destroy();
}

// Every allocation of frames inside fork and inside a replacing Map fails once.
void TestForkFailures() {
  AddressSpace* parent = AddressSpace::Create().value();
  FillProgram(*parent);
  uint64_t free_before = mm::CountFrames().free;
  uint64_t failures = 0;
  for (uint64_t nth = 1;; nth++) {
    mm::FailFramesAfter(nth);
    auto child = parent->Fork();
    mm::FailFramesAfter(0);
    if (child.ok()) {
      // As often as it has frames of its own: a root, the CPU's levels of tables, a data page.
      CHECK_EQUAL(failures, free_before - mm::CountFrames().free);
      child.value()->Destroy();
      break;
    }
    failures++;
    CHECK_EQUAL(mm::CountFrames().free, free_before);
  }
  CHECK_THAT(failures >= 3);

  failures = 0;
  for (uint64_t nth = 1;; nth++) {
    mm::FailFramesAfter(nth);
    auto mapped = parent->Map(kStart + kPageSize, 5 * kPageSize, Protection::kReadWrite, true);
    mm::FailFramesAfter(0);
    if (mapped.ok()) break;
    failures++;
    CHECK_EQUAL(mm::CountFrames().free, free_before);
    CHECK_EQUAL(ReadWord(*parent, kStart + kPageSize), 0x2222);
    CHECK_THAT(FrameAt(*parent, kStart + 4 * kPageSize) == mm::kNoFrame);
  }
  CHECK_EQUAL(failures, 5);
  CHECK_EQUAL(ReadWord(*parent, kStart + kPageSize), 0);
  parent->Destroy();
}

}  // namespace

void TestAddressSpaces() {
  // Range nodes keep the frames that they once took.
  AddressSpace* first = AddressSpace::Create().value();
  TestRegions(*first);
  first->Destroy();

  mm::FrameCounts before = mm::CountFrames();
  AddressSpace* space = AddressSpace::Create().value();
  TestRegions(*space);
  CHECK_EQUAL(mm::WalkPageTables(nullptr, 0), 0);
  space->Destroy();
  TestCopies();
  TestFork();
  TestForkFailures();
  CHECK_EQUAL(mm::CountFrames().free, before.free);
  CHECK_EQUAL(mm::CountFrames().executable, before.executable);
}

}  // namespace core_test
