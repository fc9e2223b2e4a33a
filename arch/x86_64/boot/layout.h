// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's half of the address space: the direct map at its start, images in its last 2 GiB, the
// kernel in the first of the two.
#pragma once

#include <cstdint>

namespace arch::x86 {

inline constexpr uint64_t kDirectMap = 0xffff800000000000;
inline constexpr uint64_t kDirectMapBytes = 0x7f8000000000;  // up to Format::kArenaStart
inline constexpr uint64_t kWindow = 0xffffffff80000000;
// The last 2 MiB stay free so that no address computation wraps.
inline constexpr uint64_t kWindowBytes = 0x7fe00000;
inline constexpr uint64_t kRandomBytes = 0x40000000;

}  // namespace arch::x86
