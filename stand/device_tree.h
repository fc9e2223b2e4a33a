// SPDX-License-Identifier: BSD-2-Clause
//
// For the entry code of machines that describe themselves by a flattened device tree (Devicetree
// Specification v0.4): the parts of boot::Machine that such a tree says the same way on every CPU.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/contract/boot/boot.h"
#include "lib/fdt/fdt.h"

namespace stand {

// The tree that the firmware has left at a physical address; nothing when none is there. The entry
// code can read it through pointers.
std::optional<fdt::Tree> DeviceTreeAt(uint64_t physical);

// Fills in memory (/memory, less the reservation block, /reserved-memory and the tree itself) and
// what /chosen says: the archive as `linux,initrd-start` and `-end`, the command line as `bootargs`,
// randomness as `rng-seed`. `physical` is where the tree is.
void DescribeMachine(const fdt::Tree& tree, uint64_t physical, boot::Machine* machine);

// Adds the pages of a device's registers to those that the kernel will reach. False: no room.
[[nodiscard]] bool AddDevice(const fdt::Range& registers, boot::Machine* machine);

}  // namespace stand
