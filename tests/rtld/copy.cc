// SPDX-License-Identifier: BSD-2-Clause
//
// Compiled as code for a program at a fixed address (-fno-pie): it reaches the library's variables as
// if they were its own, so the link editor makes COPY relocations.
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED extern int shared_number;
EXPORTED extern int* shared_pointer;
EXPORTED extern int (*shared_function)();
EXPORTED int read_function();
EXPORTED int read_number();
EXPORTED int read_target();
extern const char __ehdr_start[], _end[];
}

int test_main(int, char**, char**) {
  const auto place = reinterpret_cast<uintptr_t>(&shared_number);
  const bool own = place >= reinterpret_cast<uintptr_t>(__ehdr_start) &&
                   place < reinterpret_cast<uintptr_t>(_end);
  say(own ? "copied " : "shared ");
  say_number(shared_number);
  shared_number = 30;
  *shared_pointer = 6;
  say_number(read_number());
  say_number(read_target());
  say_number(shared_function());
  say_number(read_function());
  say("\n");
  return 0;
}
