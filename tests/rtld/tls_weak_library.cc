// SPDX-License-Identifier: BSD-2-Clause
//
// A weak thread-local variable that nobody defines: its address is null.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED [[gnu::weak]] extern constinit thread_local int nobody_has_this;
EXPORTED uintptr_t where_is_nobody() {
  // The compiler takes no address of a thread-local variable for null.
  uintptr_t address = reinterpret_cast<uintptr_t>(&nobody_has_this);
  asm volatile("" : "+r"(address));
  return address;
}
}
