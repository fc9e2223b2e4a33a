// SPDX-License-Identifier: BSD-2-Clause
//
// Thread-local variables of a library: general dynamic, local dynamic, initial exec.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED thread_local int shared_counter = 100;
[[gnu::tls_model("initial-exec")]] EXPORTED thread_local long quick = 7;
}

namespace {

thread_local int zeroed;
thread_local int initialised = 9;
// An initial value that is itself relocated.
thread_local int* inside = nullptr;
const char kText[] = "text";
thread_local const char* text = kText;
alignas(64) thread_local char aligned[64] = {'x'};

}  // namespace

extern "C" {
EXPORTED int count() { return ++shared_counter; }
EXPORTED int locals() {
  inside = &initialised;
  ++zeroed;
  return zeroed * 1000 + *inside * 100 + (text == kText ? 10 : 0) +
         (reinterpret_cast<uintptr_t>(aligned) % 64 == 0 && aligned[0] == 'x');
}
}
