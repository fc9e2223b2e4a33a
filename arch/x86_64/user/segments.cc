// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/user/segments.h"

namespace arch {

// A program can have no segments of its own: set_thread_area(2) is for those of 32 bits.
bool LoseStackSegment() { return true; }

}  // namespace arch
