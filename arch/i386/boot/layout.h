// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's half of the address space, the last GiB: half of it shows physical memory, the rest
// holds images. Memory that the direct map has no room for stays unused.
#pragma once

#include <cstdint>

namespace arch::x86 {

inline constexpr uint64_t kDirectMap = 0xc0000000;
inline constexpr uint64_t kDirectMapBytes = 0x20000000;
inline constexpr uint64_t kWindow = kDirectMap + kDirectMapBytes;
// The last 2 MiB stay free so that no address computation wraps.
inline constexpr uint64_t kWindowBytes = 0xffe00000 - kWindow;
inline constexpr uint64_t kRandomBytes = 0x10000000;

}  // namespace arch::x86
