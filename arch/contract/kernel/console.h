// SPDX-License-Identifier: BSD-2-Clause
//
// The console device: bytes in, bytes out. Works from the first instruction of InitConsole on,
// without memory management, threads or interrupts.
#pragma once

#include <cstddef>

namespace arch {

void InitConsole();

// Writes all bytes; a newline goes out as carriage return and newline. Any context, the caller
// serialises.
void ConsoleWrite(const char* text, size_t bytes);

// Calls `input` in interrupt context with each run of bytes that arrives, from now on. Once; needs
// InitInterrupts.
using ConsoleInput = void (*)(const char* bytes, size_t count);
void SetConsoleInput(ConsoleInput input);

}  // namespace arch
