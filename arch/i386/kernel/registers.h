// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "arch/x86/kernel/registers.h"

// How instructions end that save pointers of 64 bits.
#define DYNLINK_SAVE_SUFFIX ""

namespace arch::x86 {

// Segment selectors. The kernel's data goes through the user's segment, which is as flat, so that no
// way in or out has to change DS and ES back; the stack's segment must be the kernel's own.
inline constexpr uint16_t kKernelCode = 0x08;
inline constexpr uint16_t kKernelStack = 0x10;
inline constexpr uint16_t kUserCode = 0x18 | 3;
inline constexpr uint16_t kUserData = 0x20 | 3;
inline constexpr uint16_t kTaskSegment = 0x28;
inline constexpr uint16_t kDoubleFaultTask = 0x30;
// The first of the three that set_thread_area(2) gives, numbered as Linux numbers them.
inline constexpr unsigned kFirstTlsEntry = 7;
inline constexpr unsigned kTlsEntries = 3;

}  // namespace arch::x86
