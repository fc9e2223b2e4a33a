// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's random numbers: secrets of programs, and places in memory. Both are given out to
// programs, places as the addresses that they see, so neither tells of the numbers before and after
// it, nor of the other kind (random_source.h). Any context. (/dev/random is a module of its own.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace base {

// From the boot loader's entropy and the CPU's generator. Once, before the first number is wanted.
// With `fixed_places` (the boot option nokaslr) places, and nothing else, are the same at every boot.
void SeedRandom(const uint8_t* entropy, size_t bytes, bool fixed_places);

// Fills `to`: what getrandom(2) gives, and what a program begins with. Every request also takes in
// what the CPU's generator and its cycle counter say.
void GiveRandom(uint8_t* to, size_t bytes);

uint64_t PlacementRandom();

}  // namespace base
