// SPDX-License-Identifier: BSD-2-Clause
//
// The two 8259 interrupt controllers (Intel 8259A data sheet), lines 0-15 at vectors 32-47.
#pragma once

namespace arch::x86 {

inline constexpr unsigned kFirstLineVector = 32;

// Moves the lines to their vectors and masks them: the firmware leaves the timer's line live at
// vector 8, which looks like a double fault.
void MaskAllInterrupts();
void HandleLine(unsigned line);

}  // namespace arch::x86
