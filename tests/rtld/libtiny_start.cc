// SPDX-License-Identifier: BSD-2-Clause
//
// A library links the CPU's folder for its system calls; the entry point in it is never entered.
#include <cstdint>

extern "C" [[gnu::visibility("hidden")]] void user_start(uintptr_t*, void (*)()) {
  __builtin_trap();
}
