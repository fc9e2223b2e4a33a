// SPDX-License-Identifier: BSD-2-Clause
//
// Kernel messages. Every message goes to the ring (64 KiB, read by dmesg); one whose level is at
// or above the console level goes to the console too. One call is one line; a missing newline is
// added. Any context, interrupt handlers included; not while holding a spin lock if the console's
// slowness matters. Works from InitConsole on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/format.h"

namespace base {

// Numbers as in syslog(2); smaller is more important.
enum class Level : uint8_t {
  kPanic = 0,
  kError = 3,
  kWarning = 4,
  kNotice = 5,
  kInfo = 6,
  kDebug = 7
};

void Log(Level level, const char* format, ...) BASE_PRINTF(2, 3);
void LogV(Level level, const char* format, std::va_list arguments) BASE_PRINTF(2, 0);
// For the ring alone: somebody else has shown the line already.
void LogUnseen(Level level, const char* format, ...) BASE_PRINTF(2, 3);

// Messages of this level and more important ones appear on the console; kInfo at boot.
void SetConsoleLevel(Level level);
Level ConsoleLevel();

// Text of others (the tty) to the console, whole before anybody else's.
void WriteConsole(const char* text, size_t bytes);

// The ring as dmesg prints it: "<level>[seconds.microseconds] text\n" of the record `*sequence` or
// the first later one; `*sequence` becomes that of the following record. Returns the number of
// bytes stored (a longer line is cut), 0 when there is no such record.
size_t ReadLog(uint64_t* sequence, char* to, size_t capacity);
// Sequence numbers [first, next) exist.
void LogBounds(uint64_t* first, uint64_t* next);

}  // namespace base
