// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "arch/x86/kernel/registers.h"

// How instructions end that save pointers of 64 bits.
#define DYNLINK_SAVE_SUFFIX "64"

namespace arch::x86 {

inline constexpr uint32_t kMsrStar = 0xc0000081;
inline constexpr uint32_t kMsrLstar = 0xc0000082;
inline constexpr uint32_t kMsrSyscallMask = 0xc0000084;
inline constexpr uint32_t kMsrFsBase = 0xc0000100;
inline constexpr uint32_t kMsrGsBase = 0xc0000101;

inline constexpr uint64_t kEferSyscall = 1 << 0;

// Segment selectors, in the order SYSRET wants: user code is user data + 8 (SDM volume 2, SYSRET).
inline constexpr uint16_t kKernelCode = 0x08;
inline constexpr uint16_t kKernelData = 0x10;
inline constexpr uint16_t kUserData = 0x18 | 3;
inline constexpr uint16_t kUserCode = 0x20 | 3;
inline constexpr uint16_t kTaskSegment = 0x28;

}  // namespace arch::x86
