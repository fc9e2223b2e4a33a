// SPDX-License-Identifier: BSD-2-Clause
//
// What arch/<cpu>/embed/ gives the bare-metal program of tests/embed, on the machine that
// arch/<cpu>/qemu.args describes:
//
//   ldflags       where the program is linked, and therefore where QEMU puts it
//   start.S       the first instruction, `start`, in section .head or .entry, which comes first in
//                 the image; when there is none, that of probe/. It gives a stack of at least 32 KiB,
//                 and memory as far as the program's own reaches at its own addresses, for data and
//                 code; then it calls ProbeMain, with no address read from memory so far
//   machine.cc    the functions below
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// The program's, and its end. `firmware` is what the machine was started with.
[[noreturn]] void ProbeMain(uintptr_t firmware);

// A character to the console.
void machine_put(char c);
// Makes instructions stored there visible to instruction fetch.
void machine_sync_code(uintptr_t start, size_t bytes);
// Ends the machine with a status.
[[noreturn]] void machine_end(uint8_t status);

}  // extern "C"
