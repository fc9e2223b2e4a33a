// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/mmu.h"

#include "arch/current/kernel/descriptors.h"
#include "arch/current/kernel/page_table.h"
#include "arch/current/kernel/registers.h"
#include "kernel/mm/page_tables.h"

namespace arch {

using namespace x86;

static_assert(mm::kPageSize == 4096);

namespace {

using Tables = mm::PageTables<Format>;

}  // namespace

mm::VirtAddr UserEnd() { return Format::kUserEnd; }
mm::VirtAddr KernelArenaStart() { return Format::kArenaStart; }
mm::VirtAddr KernelArenaEnd() { return Format::kArenaEnd; }

mm::PhysAddr CurrentRoot() { return ReadCr3() & kFrameMask; }

void SwitchRoot(mm::PhysAddr root) {
  if (CurrentRoot() != root) WriteCr3(static_cast<uintptr_t>(root));
}

void AdoptKernelRoot(mm::PhysAddr root) {
  Tables::Adopt(root);
  UseKernelRoot(root);
  FlushAll();
}

mm::PhysAddr CreateRoot() { return Tables::Create(); }

void DestroyRoot(mm::PhysAddr root,
                 void (*release)(mm::PhysAddr frame, mm::Protection protection)) {
  Tables::Destroy(root, release);
}

bool Translate(mm::PhysAddr root, mm::VirtAddr address, Mapping* out) {
  return Tables::Translate(root, address, out);
}

bool MapPage(mm::PhysAddr root, mm::VirtAddr address, mm::PhysAddr frame, mm::Protection protection,
             Use use) {
  return Tables::Map(root, address, frame, protection, use);
}

void ProtectPage(mm::PhysAddr root, mm::VirtAddr address, mm::Protection protection) {
  Tables::Protect(root, address, protection);
}

mm::PhysAddr UnmapPage(mm::PhysAddr root, mm::VirtAddr address) {
  return Tables::Unmap(root, address);
}

void PruneTables(mm::PhysAddr root, mm::VirtAddr start, size_t bytes) {
  Tables::Prune(root, start, bytes);
}

bool SplitDirectPage(mm::VirtAddr address, mm::PhysAddr table) {
  return Tables::SplitDirectPage(address, table);
}

void WalkRoot(mm::PhysAddr root, bool kernel_half,
              void (*visit)(void* context, const WalkedMapping& mapping), void* context) {
  Tables::Walk(root, kernel_half, visit, context);
}

void FlushRange(mm::VirtAddr start, size_t bytes) {
  // Beyond this many pages forgetting everything costs less.
  constexpr size_t kMostPages = 64;
  if (bytes > kMostPages * mm::kPageSize) return FlushAll();
  for (size_t done = 0; done < bytes; done += mm::kPageSize) {
    asm volatile("invlpg (%0)" ::"r"(start + done) : "memory");
  }
}

// No mapping is global, so this is everything.
void FlushAll() { WriteCr3(ReadCr3()); }

// Instruction fetch sees stores (Intel SDM 3A, 12.6); what was fetched before came through another
// mapping, whose change of protection has serialised this CPU.
void SyncCode(mm::VirtAddr, size_t) {}

}  // namespace arch
