// SPDX-License-Identifier: BSD-2-Clause
//
// Initialisation and termination functions (gABI, "Initialization and Termination Functions"): what
// an image needs is initialised before it; of a cycle the one loaded first last. Images that have
// DF_1_INITFIRST, and what these need, come before all others. Termination is the exact reverse.
// The program's own functions are run too, DT_PREINIT_ARRAY before everything: a program without a
// C library has no start-up code that would.
#pragma once

#include <span>

#include "arch/current/elf_traits.h"
#include "libexec/ld.elf_so/arena.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/seams/array.h"

namespace ldso {

using Module = rtld::Module<arch::Current>;

// Arguments of every initialisation function.
struct ProgramArguments {
  int argc;
  char** argv;
  char** environment;
};

class Lifecycle {
 public:
  // `modules` in load order, the program first; all linked. False: no memory.
  [[nodiscard]] bool Plan(PageArena& arena, std::span<Module* const> modules);

  // Each module once, in order.
  void Initialise(const ProgramArguments& arguments);
  // Those initialised, in reverse; each once, however often it is called.
  void Terminate();

 private:
  std::span<Module*> order_;  // of initialisation
  const Module* program_ = nullptr;
  size_t initialised_ = 0;
};

extern constinit Lifecycle lifecycle;

}  // namespace ldso
