// SPDX-License-Identifier: BSD-2-Clause
//
// Page tables. A root is the physical address of a top-level table; kernel mappings are the same in
// every root, because the tables below the top level that cover the kernel's half are made once and
// never go. Tables come from mm::AllocateFrame; each one's frame record counts its live entries
// (references = 1 + entries), so that an empty one is found and given back.
//
// Locking: the caller serialises changes of one root's user half, and of the kernel's half. No
// function but the Flush ones touches the translation cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/mm/types.h"

namespace arch {

struct Mapping {
  mm::PhysAddr frame = mm::kNoFrame;  // of the page the address lies in
  mm::Protection protection = mm::Protection::kNone;
  bool user = false;
  size_t bytes = mm::kPageSize;  // of the entry that maps it: a page, or a large one
};

enum class Use : uint8_t { kKernel, kUser, kDevice };

// First address after user space, and the arena of mm::ReserveKernelSpace.
mm::VirtAddr UserEnd();
mm::VirtAddr KernelArenaStart();
mm::VirtAddr KernelArenaEnd();

// The root in force now.
mm::PhysAddr CurrentRoot();
void SwitchRoot(mm::PhysAddr root);

// Makes the loader's root the kernel's: drops every mapping of the user half (the identity map),
// prepares the tables that all roots share, splits direct-map pages larger than kDirectPage into
// such. `root` is then the model that CreateRoot copies the kernel's half from.
void AdoptKernelRoot(mm::PhysAddr root);
inline constexpr size_t kDirectPage = size_t{2} << 20;

// A root with the kernel's half and an empty user half; kNoFrame without memory.
[[nodiscard]] mm::PhysAddr CreateRoot();
// Frees the root and all tables of its user half, after calling `release` for every page mapped
// there. The root must not be in force.
void DestroyRoot(mm::PhysAddr root, void (*release)(mm::PhysAddr frame, mm::Protection protection));

// What maps `address`; false when nothing does. A page of Protection::kNone is remembered by
// MapPage but not accessible: it is found here too.
[[nodiscard]] bool Translate(mm::PhysAddr root, mm::VirtAddr address, Mapping* out);

// Maps one page where none is. False without memory for a table; nothing has changed then.
[[nodiscard]] bool MapPage(mm::PhysAddr root, mm::VirtAddr address, mm::PhysAddr frame,
                           mm::Protection protection, Use use);
// Changes the protection of a mapped page (never a large one).
void ProtectPage(mm::PhysAddr root, mm::VirtAddr address, mm::Protection protection);
// Unmaps a page and returns its frame, or kNoFrame when there was none. Tables stay.
mm::PhysAddr UnmapPage(mm::PhysAddr root, mm::VirtAddr address);
// Frees the tables that have become empty in a range, flushing this CPU as it must.
void PruneTables(mm::PhysAddr root, mm::VirtAddr start, size_t bytes);

// Splits the kDirectPage that maps `address` in the direct map into pages of the same protection,
// with `table` (a frame) as the new table. False when it is split already; `table` is not used.
[[nodiscard]] bool SplitDirectPage(mm::VirtAddr address, mm::PhysAddr table);

// Makes this CPU forget translations of a range, or of everything.
void FlushRange(mm::VirtAddr start, size_t bytes);
void FlushAll();

// Makes what was stored at these addresses visible to instruction fetch, at these and at all other
// addresses of the same memory, on every CPU.
void SyncCode(mm::VirtAddr start, size_t bytes);

// Calls `visit` for every entry of `root` that maps memory, in address order: the kernel's half or
// the user's.
struct WalkedMapping {
  mm::VirtAddr start;
  mm::PhysAddr frame;
  size_t bytes;
  bool writable;
  bool executable;
};
void WalkRoot(mm::PhysAddr root, bool kernel_half,
              void (*visit)(void* context, const WalkedMapping& mapping), void* context);

}  // namespace arch
