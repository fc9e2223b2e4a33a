// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/mmu.h"

#include "arch/aarch64/kernel/page_table.h"
#include "arch/aarch64/kernel/registers.h"
#include "kernel/mm/page_tables.h"

namespace arch {

using namespace aarch64;

static_assert(mm::kPageSize == 4096);

namespace {

using Tables = mm::PageTables<Format>;

// Makes the CPU forget what it knows of user addresses, whatever the root.
void FlushUser() {
  constexpr uint64_t kAsid = 0;  // the only one in use
  asm volatile("dsb ishst\n\ttlbi aside1is, %x0\n\tdsb ish\n\tisb" ::"r"(kAsid) : "memory");
}

}  // namespace

mm::VirtAddr UserEnd() { return Format::kUserEnd; }
mm::VirtAddr KernelArenaStart() { return Format::kArenaStart; }
mm::VirtAddr KernelArenaEnd() { return Format::kArenaEnd; }

mm::PhysAddr CurrentRoot() { return AARCH64_READ(ttbr0_el1) & kFrameMask; }

// Two roots with one identifier must never be looked at together (Arm ARM D8.14): in between comes
// the kernel's, which has nothing in the user's half.
void SwitchRoot(mm::PhysAddr root) {
  constexpr uint64_t kHalfRoot = Format::kKernelFirst * sizeof(Entry);
  if (CurrentRoot() == root) return;
  AARCH64_WRITE(ttbr0_el1, AARCH64_READ(ttbr1_el1) - kHalfRoot);
  Synchronise();
  FlushUser();
  AARCH64_WRITE(ttbr0_el1, root);
  Synchronise();
}

// TTBR1 stays at the loader's root for good; the kernel's halves of others are for Translate.
void AdoptKernelRoot(mm::PhysAddr root) {
  Tables::Adopt(root);
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

// The loader has mapped every page by itself.
bool SplitDirectPage(mm::VirtAddr, mm::PhysAddr) { return false; }

void WalkRoot(mm::PhysAddr root, bool kernel_half,
              void (*visit)(void* context, const WalkedMapping& mapping), void* context) {
  Tables::Walk(root, kernel_half, visit, context);
}

void FlushRange(mm::VirtAddr start, size_t bytes) {
  // Beyond this many pages forgetting everything costs less.
  constexpr size_t kMostPages = 64;
  // The operand of TLBI by address has the page number in its lower 44 bits (Arm ARM C5.5).
  constexpr uint64_t kPageNumber = (uint64_t{1} << 44) - 1;
  if (bytes > kMostPages * mm::kPageSize) return FlushAll();
  asm volatile("dsb ishst" ::: "memory");
  for (size_t done = 0; done < bytes; done += mm::kPageSize) {
    asm volatile("tlbi vaae1is, %0" ::"r"((start + done) >> 12 & kPageNumber) : "memory");
  }
  asm volatile("dsb ish\n\tisb" ::: "memory");
}

void FlushAll() { asm volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory"); }

void SyncCode(mm::VirtAddr start, size_t bytes) {
  // CTR_EL0.DminLine: log2 of the words in the smallest data line. Clean by line, then forget all
  // instructions: other addresses of the memory may have cached some (Arm ARM B2.4.4).
  const uint64_t line = uint64_t{4} << (AARCH64_READ(ctr_el0) >> 16 & 0xf);
  for (mm::VirtAddr at = start & ~(line - 1); at < start + bytes; at += line) {
    asm volatile("dc cvau, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

}  // namespace arch
