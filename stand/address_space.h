// SPDX-License-Identifier: BSD-2-Clause
//
// The page tables in force when the kernel is entered:
//
//   the direct map   all memory of the firmware's map, readable and writable, except the frames
//                    that are executable elsewhere: those are readable only
//   the devices      that the machine names, in the direct map too: registers, not memory
//   the images       page by page, as their segments want: text RX, rodata R, data RW, RELRO RW
//                    (the kernel seals it)
//   the trampoline   at its physical address, RX
//
// and nothing else. So from the first instruction on no frame is writable in one mapping and
// executable in another.
#pragma once

#include <cstdint>
#include <span>

#include "arch/contract/boot/boot.h"
#include "stand/image_loader.h"
#include "stand/memory_map.h"

namespace stand {

struct KernelSpace {
  uint64_t root = 0;
  uint64_t direct_map_bytes = 0;
};

// Builds the tables from frames of `map` below `reach`, typed kHandoffPageTables. False: no memory.
[[nodiscard]] bool BuildKernelSpace(const boot::Layout& layout, uint64_t reach,
                                    std::span<const boot::Range> devices, boot::Range trampoline,
                                    std::span<const PlacedImage> images, MemoryMap& map,
                                    KernelSpace* space);

}  // namespace stand
