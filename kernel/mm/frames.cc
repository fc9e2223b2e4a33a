// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/frames.h"

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/panic.h"
#include "kernel/mm/frame_allocator.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames_internal.h"
#include "kernel/mm/shootdown.h"
#include "kernel/sched/sync.h"

namespace mm {
namespace {

// More than any table's entries: a pinned table never looks empty.
constexpr uint32_t kPinned = uint32_t{1} << 30;

constinit FrameAllocator allocator;
constinit sched::SpinLock frames_lock;
constinit VirtAddr direct_start = 0;
constinit size_t direct_bytes = 0;
constinit uint64_t executable_frames = 0;
constinit uint64_t fail_after = 0;  // 0: not armed

constexpr uint64_t Number(PhysAddr frame) { return frame >> kPageShift; }

FrameRecord& CheckedRecord(PhysAddr frame) {
  if (!allocator.IsAllocated(Number(frame))) {
    base::Panic("frame %#lx is not allocated", static_cast<unsigned long>(frame));
  }
  return allocator.Record(Number(frame));
}

PhysAddr TakeFrames(size_t count) {
  sched::Guard guard(frames_lock);
  if (fail_after && --fail_after == 0) return kNoFrame;
  uint32_t number = allocator.Allocate(count);
  return number == FrameAllocator::kNone ? kNoFrame : PhysAddr{number} << kPageShift;
}

// Called with the lock held. The spare, or any frame; running out of both is a lack of memory that
// the spares exist to prevent.
void SplitAlias(PhysAddr frame) {
  uint32_t number = allocator.TakeSpare(Number(frame));
  bool spare = number != FrameAllocator::kNone;
  if (!spare) number = allocator.Allocate(1);
  if (number == FrameAllocator::kNone) base::Panic("no frame to split the direct map");
  PhysAddr table = PhysAddr{number} << kPageShift;
  BASE_CHECK(arch::SplitDirectPage(reinterpret_cast<VirtAddr>(DirectMap(frame)), table));
}

void SetAlias(PhysAddr frame, Protection protection) {
  auto alias = reinterpret_cast<VirtAddr>(DirectMap(frame));
  PhysAddr root = KernelRoot();
  arch::Mapping mapping;
  BASE_CHECK(arch::Translate(root, alias, &mapping));
  if (mapping.bytes != kPageSize) SplitAlias(frame);
  arch::ProtectPage(root, alias, protection);
  FlushEverywhere(alias, kPageSize);
}

}  // namespace

FrameAllocator& Allocator() { return allocator; }

void SetDirectMap(VirtAddr start, size_t bytes) {
  direct_start = start;
  direct_bytes = bytes;
}

bool DirectMapKnown() { return direct_start != 0; }

void* DirectMap(PhysAddr address) { return reinterpret_cast<void*>(direct_start + address); }

PhysAddr DirectMapPhys(const void* address) {
  auto offset = reinterpret_cast<VirtAddr>(address) - direct_start;
  BASE_CHECK(offset < direct_bytes);
  return offset;
}

PhysAddr AllocateFramesUnzeroed(size_t count) { return TakeFrames(count); }

PhysAddr AllocateFrames(size_t count) {
  PhysAddr first = TakeFrames(count);
  if (first != kNoFrame) __builtin_memset(DirectMap(first), 0, count << kPageShift);
  return first;
}

void RetainFrame(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  CheckedRecord(frame).references++;
}

void ReleaseFrame(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  FrameRecord& record = CheckedRecord(frame);
  BASE_CHECK(record.references > 1 || record.executable == 0);
  allocator.Release(Number(frame));
}

void ReleaseFrames(PhysAddr first, size_t count) {
  for (size_t i = 0; i < count; i++) ReleaseFrame(first + (i << kPageShift));
}

uint32_t FrameReferences(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  return CheckedRecord(frame).references;
}

void PinTable(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  FrameRecord& record = CheckedRecord(frame);
  if (record.references < kPinned) record.references += kPinned;
}

void FreeTable(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  FrameRecord& record = CheckedRecord(frame);
  if (record.references >= kPinned) return;
  record.references = 1;
  allocator.Release(Number(frame));
}

bool IsManaged(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  return allocator.IsAllocated(Number(frame));
}

PhysAddr FrameLimit() { return allocator.limit() << kPageShift; }

void DonateFrames(PhysAddr base, size_t bytes) {
  PhysAddr first = PageUp(base);
  PhysAddr end = PageDown(base + bytes);
  if (first >= end) return;
  sched::Guard guard(frames_lock);
  allocator.AddRange(Number(first), Number(end - first));
}

void HoldExecutable(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  FrameRecord& record = CheckedRecord(frame);
  if (record.executable++) return;
  executable_frames++;
  SetAlias(frame, Protection::kRead);
  // Whoever makes it executable has stored all that it will hold.
  arch::SyncCode(reinterpret_cast<VirtAddr>(DirectMap(frame)), kPageSize);
}

void ReleaseExecutable(PhysAddr frame) {
  sched::Guard guard(frames_lock);
  FrameRecord& record = CheckedRecord(frame);
  BASE_CHECK(record.executable);
  if (--record.executable) return;
  executable_frames--;
  SetAlias(frame, Protection::kReadWrite);
}

void FailFramesAfter(uint64_t nth) {
  sched::Guard guard(frames_lock);
  fail_after = nth;
}

FrameCounts CountFrames() {
  sched::Guard guard(frames_lock);
  return {allocator.total(), allocator.free(), executable_frames};
}

}  // namespace mm
