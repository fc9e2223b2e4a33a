// SPDX-License-Identifier: BSD-2-Clause
//
// Memory for RangeMap's nodes, in whole frames: the heap cannot serve, because large heap blocks
// are ranges themselves.
#pragma once

#include "kernel/mm/range_map.h"

namespace mm {

extern const RangeMap::NodeSource kRangeNodes;

}  // namespace mm
