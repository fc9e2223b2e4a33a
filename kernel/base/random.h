// SPDX-License-Identifier: BSD-2-Clause
//
// Random numbers for placing things in memory: unpredictable from outside, cheap, any context. Not
// for keys; modules/random makes those.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base {

// Seeds from the boot loader's entropy and the CPU's generator. With `fixed` (the boot option
// nokaslr) the sequence is the same at every boot.
void SeedPlacement(const uint8_t* entropy, size_t bytes, bool fixed);
uint64_t PlacementRandom();

}  // namespace base
