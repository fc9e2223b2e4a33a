// SPDX-License-Identifier: BSD-2-Clause
//
// The check of W^X over all aliases, from the page tables alone: the frame records' counts are what
// is being checked, so they are not asked.
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/frames_internal.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/mm/walk_tables_internal.h"

namespace mm {
namespace {

// One bit for each frame below the limit: executable somewhere.
constinit uint64_t* executable_bits = nullptr;
constinit uint64_t frame_limit = 0;

constexpr unsigned kBits = 64;

struct Walk {
  AliasFault* faults;
  size_t capacity;
  size_t found = 0;
};

struct Search {
  PhysAddr frame;
  VirtAddr executable_at = 0;
};

void ForEachRoot(void (*visit)(void*, const arch::WalkedMapping&), void* context) {
  arch::WalkRoot(KernelRoot(), true, visit, context);
  for (AddressSpace* space = AddressSpace::FirstSpace(); space; space = space->NextSpace()) {
    arch::WalkRoot(space->root(), false, visit, context);
  }
}

void MarkExecutable(void*, const arch::WalkedMapping& mapping) {
  if (!mapping.executable) return;
  uint64_t first = mapping.frame >> kPageShift;
  for (uint64_t i = first; i < first + (mapping.bytes >> kPageShift) && i < frame_limit; i++) {
    executable_bits[i / kBits] |= uint64_t{1} << i % kBits;
  }
}

void FindExecutable(void* context, const arch::WalkedMapping& mapping) {
  auto* search = static_cast<Search*>(context);
  if (!mapping.executable || search->frame - mapping.frame >= mapping.bytes) return;
  search->executable_at = mapping.start + static_cast<size_t>(search->frame - mapping.frame);
}

void Report(Walk& walk, const arch::WalkedMapping& writable, PhysAddr frame) {
  if (walk.found < walk.capacity) {
    Search search{frame};
    ForEachRoot(FindExecutable, &search);
    const auto offset = static_cast<size_t>(frame - writable.frame);
    walk.faults[walk.found] = {frame, writable.start + offset, search.executable_at};
  }
  walk.found++;
}

void CheckWritable(void* context, const arch::WalkedMapping& mapping) {
  auto* walk = static_cast<Walk*>(context);
  if (!mapping.writable) return;
  uint64_t first = mapping.frame >> kPageShift;
  uint64_t end = first + (mapping.bytes >> kPageShift);
  if (mapping.executable && first >= frame_limit) Report(*walk, mapping, mapping.frame);
  for (uint64_t i = first; i < end && i < frame_limit;) {
    if (i % kBits == 0 && i + kBits <= end && !executable_bits[i / kBits]) {
      i += kBits;
      continue;
    }
    if (executable_bits[i / kBits] >> i % kBits & 1) Report(*walk, mapping, i << kPageShift);
    i++;
  }
}

}  // namespace

size_t WalkBitmapBytes(uint64_t frames) { return (frames + kBits - 1) / kBits * sizeof(uint64_t); }

void SetWalkBitmap(void* memory, uint64_t frames) {
  executable_bits = static_cast<uint64_t*>(memory);
  frame_limit = frames;
}

size_t WalkPageTables(AliasFault* faults, size_t capacity) {
  bool on = arch::DisableInterrupts();
  __builtin_memset(executable_bits, 0, WalkBitmapBytes(frame_limit));
  ForEachRoot(MarkExecutable, nullptr);
  Walk walk{faults, capacity};
  ForEachRoot(CheckWritable, &walk);
  arch::RestoreInterrupts(on);
  return walk.found;
}

}  // namespace mm
