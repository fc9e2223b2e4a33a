// SPDX-License-Identifier: BSD-2-Clause
//
// Who owns which physical memory: built from the firmware's map, carved by the loader, handed to
// the kernel. A sorted list of page-aligned ranges that do not overlap; neighbours of one type are
// one range. Fixed capacity: the list is the hand-off's own array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/contract/boot/boot.h"
#include "kernel/dynamic/handoff.h"

namespace stand {

class MemoryMap {
 public:
  static constexpr size_t kCapacity = dynamic::kHandoffMaxRanges;

  // Take one line of the firmware's map. Lines may overlap and come in any order: what a reserved
  // line touches is reserved. Usable memory is shrunk to whole pages, reserved memory grown. False:
  // the list is full. Of a usable line some memory is then unused; after a reserved one the map
  // must not be used.
  [[nodiscard]] bool AddUsable(boot::Range range);
  [[nodiscard]] bool AddReserved(boot::Range range);

  // Makes [base, base + bytes), grown to whole pages, `type`, whatever parts of it were usable;
  // what was not usable stays what it was. For memory found in use: the loader, the archive. False:
  // the list is full and nothing has changed.
  [[nodiscard]] bool Claim(boot::Range range, dynamic::HandoffRangeType type);

  // Takes `bytes` (rounded up to pages) of usable memory below `limit` and makes it `type`. The
  // highest place that fits, so that low memory stays for devices; never physical page 0. Returns
  // its address, or 0 when there is none. The memory is as it was: not zeroed.
  [[nodiscard]] uint64_t Allocate(uint64_t bytes, uint64_t limit, dynamic::HandoffRangeType type);

  // Gives back what Allocate took.
  void Free(uint64_t base, uint64_t bytes);

  std::span<const dynamic::HandoffRange> ranges() const { return {ranges_, count_}; }

 private:
  // Gives what nobody has of [start, end) the type `type`.
  bool Fill(uint64_t start, uint64_t end, uint64_t type);
  // Replaces `type` on [start, end) where the old type is one for which `from` has its bit set.
  bool Retype(uint64_t start, uint64_t end, uint64_t from, uint64_t type);
  void Merge();

  dynamic::HandoffRange ranges_[kCapacity];
  size_t count_ = 0;
};

}  // namespace stand
