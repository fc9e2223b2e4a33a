// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/user/segments.h"

namespace arch {

// There are no segments.
bool LoseStackSegment() { return true; }

}  // namespace arch
