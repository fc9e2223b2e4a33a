// SPDX-License-Identifier: BSD-2-Clause
//
// Images to start from, made by rtld_shared/testing/image_builder.h: no binary files need to be kept.

#pragma once

#include <cstddef>

#include "rtld_shared/fuzz/input.h"

namespace rtld::fuzz {

// Number `variant` of an image of `layout`. Roots need "dep.so", which the dependencies are. With
// dependency 0 each root but the last links under kProgramPolicy, and those before
// kFirstForPrograms under kKernelPolicy; the last one is what neither takes.
inline constexpr unsigned kRoots = 7;
inline constexpr unsigned kFirstForPrograms = 4;
inline constexpr unsigned kDependencies = 4;

const Bytes& RootSeed(unsigned layout, unsigned variant);
const Bytes& DependencySeed(unsigned layout, unsigned variant);

}  // namespace rtld::fuzz
