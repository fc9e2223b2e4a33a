// SPDX-License-Identifier: BSD-2-Clause
//
// Thread-local variables: the program's own (local exec), and the library's through the program.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED extern thread_local int shared_counter;
EXPORTED extern thread_local long quick;
EXPORTED int count();
EXPORTED int locals();
}

namespace {

thread_local int first = 1;
alignas(128) thread_local int second = 2;
thread_local int nothing;

}  // namespace

int test_main(int, char**, char**) {
  say_number(first + nothing);
  say_number(second);
  say(reinterpret_cast<uintptr_t>(&second) % 128 == 0 ? "aligned " : "misaligned ");
  say_number(shared_counter);
  say_number(count());
  shared_counter = 500;
  say_number(count());
  say_number(quick);
  say_number(locals());
  say_number(locals());
  say("\n");
  return 0;
}
