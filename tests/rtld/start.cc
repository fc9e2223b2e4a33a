// SPDX-License-Identifier: BSD-2-Clause
//
// What a C library's crt1 does: call the program, then what the run-time linker wants called, exit.
#include "arch/contract/rtld/machine.h"
#include "tests/rtld/tiny.h"

extern "C" [[gnu::visibility("hidden")]] void user_start(uintptr_t* stack, void (*at_exit)()) {
  const int argc = static_cast<int>(stack[0]);
  char** argv = reinterpret_cast<char**>(stack + 1);
  const int status = test_main(argc, argv, argv + argc + 1);
  if (at_exit) at_exit();
  arch::SystemCall(arch::kCallNumbers.exit_group, status);
}
