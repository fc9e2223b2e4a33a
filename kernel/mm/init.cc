// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/init.h"

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/log.h"
#include "kernel/base/panic.h"
#include "kernel/mm/frame_allocator.h"
#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/frames_internal.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/mm/kernel_space_internal.h"
#include "kernel/mm/walk_tables_internal.h"

namespace mm {
namespace {

using dynamic::Handoff;
using dynamic::HandoffImage;
using dynamic::HandoffRange;

constinit PhysAddr kernel_root = kNoFrame;

bool IsRam(const HandoffRange& range) { return range.type != dynamic::kHandoffReserved; }

void CheckRanges(const Handoff& handoff) {
  uint64_t last_end = 0;
  if (handoff.range_count > dynamic::kHandoffMaxRanges) base::Panic("hand-off: too many ranges");
  for (uint64_t i = 0; i < handoff.range_count; i++) {
    const HandoffRange& range = handoff.ranges[i];
    if (range.base < last_end || range.base + range.bytes < range.base) {
      base::Panic("hand-off: range %lu at %#lx overlaps the one before",
                  static_cast<unsigned long>(i), static_cast<unsigned long>(range.base));
    }
    last_end = range.base + range.bytes;
  }
}

uint64_t FrameCount(const Handoff& handoff) {
  uint64_t limit = 0;
  for (uint64_t i = 0; i < handoff.range_count; i++) {
    const HandoffRange& range = handoff.ranges[i];
    uint64_t end = range.base + range.bytes;
    if (IsRam(range) && end <= handoff.direct_map_bytes && end > limit) limit = end;
  }
  return limit >> kPageShift;
}

// The frame records, chunk records and the walker's bitmap lie at the end of the highest usable
// range that has room for them.
PhysAddr TakeTableMemory(Handoff& handoff, size_t bytes) {
  for (uint64_t i = handoff.range_count; i-- > 0;) {
    HandoffRange& range = handoff.ranges[i];
    uint64_t end = PageDown(range.base + range.bytes);
    if (range.type != dynamic::kHandoffUsable || end > handoff.direct_map_bytes) continue;
    if (end < range.base + bytes) continue;
    range.bytes = end - bytes - range.base;
    return end - bytes;
  }
  base::Panic("no %zu bytes of contiguous memory for the frame records", bytes);
}

void InitAllocator(Handoff& handoff) {
  uint64_t frames = FrameCount(handoff);
  uint64_t chunks = (frames + FrameAllocator::kChunkFrames - 1) / FrameAllocator::kChunkFrames;
  size_t chunk_bytes = PageUp(chunks * sizeof(FrameAllocator::Chunk));
  size_t record_bytes = PageUp(frames * sizeof(FrameRecord));
  size_t bitmap_bytes = PageUp(WalkBitmapBytes(frames));
  PhysAddr memory = TakeTableMemory(handoff, chunk_bytes + record_bytes + bitmap_bytes);
  auto* chunk_records = static_cast<FrameAllocator::Chunk*>(DirectMap(memory));
  auto* records = static_cast<FrameRecord*>(DirectMap(memory + chunk_bytes));
  __builtin_memset(chunk_records, 0, chunk_bytes);
  Allocator().Init(records, chunk_records, frames);
  SetWalkBitmap(DirectMap(memory + chunk_bytes + record_bytes), frames);

  for (uint64_t i = 0; i < handoff.range_count; i++) {
    const HandoffRange& range = handoff.ranges[i];
    uint64_t first = PageUp(range.base) >> kPageShift;
    uint64_t end = PageDown(range.base + range.bytes) >> kPageShift;
    if (end > frames) end = frames;
    if (first >= end) continue;
    if (range.type == dynamic::kHandoffUsable) Allocator().AddRange(first, end - first);
    if (range.type == dynamic::kHandoffImage || range.type == dynamic::kHandoffPageTables) {
      Allocator().AddUsed(first, end - first, 1);
    }
  }
}

void PinLoaderTables(const Handoff& handoff) {
  for (uint64_t i = 0; i < handoff.range_count; i++) {
    const HandoffRange& range = handoff.ranges[i];
    if (range.type != dynamic::kHandoffPageTables) continue;
    for (PhysAddr at = PageUp(range.base); at < PageDown(range.base + range.bytes);
         at += kPageSize) {
      PinTable(at);
    }
  }
}

void RefuseWritableExecutable(void* context, const arch::WalkedMapping& mapping) {
  auto* images = static_cast<const Handoff*>(context);
  if (!mapping.writable || !mapping.executable) return;
  for (uint64_t i = 0; i < images->image_count; i++) {
    const HandoffImage& image = images->images[i];
    if (mapping.start - (image.bias + image.link_start) >= image.bytes) continue;
    base::Panic("%s: page %#lx is writable and executable", image.path,
                static_cast<unsigned long>(mapping.start));
  }
  base::Panic("page %#lx is writable and executable", static_cast<unsigned long>(mapping.start));
}

void AdoptImage(const HandoffImage& image) {
  VirtAddr start = image.bias + image.link_start;
  auto reserved = ReserveKernelSpaceAt(start, image.bytes);
  if (!reserved.ok()) {
    base::Panic("%s: cannot reserve its place [%#lx, +%#lx): error %d", image.path,
                static_cast<unsigned long>(start), static_cast<unsigned long>(image.bytes),
                base::Number(reserved.error()));
  }
  for (VirtAddr page = start; page < start + image.bytes; page += kPageSize) {
    arch::Mapping mapping;
    if (!arch::Translate(kernel_root, page, &mapping)) continue;
    if (mapping.bytes != kPageSize) {
      base::Panic("%s: not mapped in small pages at %#lx", image.path,
                  static_cast<unsigned long>(page));
    }
    AdoptMapped(kPageSize);
    if (mapping.protection == Protection::kReadExecute) HoldExecutable(mapping.frame);
  }
}

void FreeLoader(const Handoff& handoff) {
  for (uint64_t i = 0; i < handoff.range_count; i++) {
    const HandoffRange& range = handoff.ranges[i];
    if (range.type == dynamic::kHandoffLoader) DonateFrames(range.base, range.bytes);
  }
}

}  // namespace

PhysAddr KernelRoot() { return kernel_root; }
void SetKernelRoot(PhysAddr root) { kernel_root = root; }

void Init(Handoff& handoff) {
  CheckRanges(handoff);
  InitAllocator(handoff);
  SetKernelRoot(handoff.root_table);
  PinLoaderTables(handoff);
  arch::AdoptKernelRoot(handoff.root_table);
  arch::WalkRoot(kernel_root, true, RefuseWritableExecutable, &handoff);
  for (uint64_t i = 0; i < handoff.image_count; i++) AdoptImage(handoff.images[i]);
  FreeLoader(handoff);

  FrameCounts counts = CountFrames();
  base::Log(base::Level::kDebug, "mm: %lu MiB of RAM, %lu MiB free",
            static_cast<unsigned long>(counts.total >> (20 - kPageShift)),
            static_cast<unsigned long>(counts.free >> (20 - kPageShift)));
}

}  // namespace mm
