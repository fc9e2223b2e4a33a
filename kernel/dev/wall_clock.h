// SPDX-License-Identifier: BSD-2-Clause
//
// The time of day: the battery clock's value at boot, plus what has passed since.
#pragma once

#include <cstdint>

namespace dev {

// Reads the battery clock. Once, at boot.
void StartWallClock();
uint64_t WallClockNs();  // since 1970
void SetWallClockNs(uint64_t now);

}  // namespace dev
