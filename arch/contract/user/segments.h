// SPDX-License-Identifier: BSD-2-Clause
//
// What a program does to see whether the kernel bears the loss of a segment that a register holds.
#pragma once

namespace arch {

// Where programs can have segments of their own: has the kernel make one for the stack, uses it, and
// has the kernel take it back in the next instruction, so that returning from that call with the
// register as it was cannot work. It may not return to here, then. False if the kernel makes none.
// Elsewhere nothing, and true.
bool LoseStackSegment();

}  // namespace arch
