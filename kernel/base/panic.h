// SPDX-License-Identifier: BSD-2-Clause
//
// The end: a message, the registers, a backtrace, what the hooks add, and the machine stops with
// the status 125. Takes no lock and allocates nothing. A panic inside a panic stops at once.
#pragma once

#include <cstddef>

#include "kernel/base/format.h"
#include "kernel/mm/types.h"

namespace base {

inline constexpr int kPanicStatus = 125;

[[noreturn]] void Panic(const char* format, ...) BASE_PRINTF(1, 2);

// A panic about code elsewhere (a trap): the backtrace starts there, `registers` prints the state
// by PanicLine.
struct PanicSite {
  mm::VirtAddr ip;
  mm::VirtAddr fp;
  void (*registers)(const void* context);
  const void* context;
};
[[noreturn]] void PanicAt(const PanicSite& site, const char* format, ...) BASE_PRINTF(2, 3);

// One line of the panic's text; for hooks and `registers` only.
void PanicLine(const char* format, ...) BASE_PRINTF(1, 2);

// What a code address is: an instruction, or where a call would return to. Behind a call that never
// returns a function may end, and what stands there is another one's.
enum class CodeAddress : uint8_t { kInstruction, kReturn };

// Writes "module:symbol+0xoff" (or as much of it as is known) for a code address; false when the
// address is in no image. Called in any state of the machine: no locks, no allocation.
using Symbolizer = bool (*)(mm::VirtAddr address, CodeAddress kind, char* to, size_t capacity);
void SetSymbolizer(Symbolizer symbolizer);
// The same through the symbolizer in force; a bare address when it knows nothing.
void Symbolize(mm::VirtAddr address, CodeAddress kind, char* to, size_t capacity);

// Prints more at the end of a panic (the list of modules), by PanicLine. At most four hooks.
void AddPanicHook(void (*hook)());

// The call chain of a place as panic prints it, on the console and into the ring.
void PrintBacktrace(mm::VirtAddr ip, mm::VirtAddr fp);

}  // namespace base

// Panics with the condition's text when it does not hold: an invariant of the kernel itself, never
// something that input can cause.
#define BASE_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) ::base::Panic("%s:%d: not so: %s", __FILE__, __LINE__, #condition); \
  } while (0)
