// SPDX-License-Identifier: BSD-2-Clause
//
// Uses everything; it is linked as a position-independent program, and at a fixed address, where it
// has copies of other images' data and the canonical addresses of their functions. It never runs.

#include <cstdio>

#include "base.h"
#include "shapes.h"

extern "C" int overridden() { return 4; }

extern "C" int variable_0, variable_11, common_name;
extern "C" int function_11();

// Their block is the first behind the thread control block, which may be smaller than its alignment.
alignas(PROGRAM_TLS_ALIGN) thread_local int program_tls[PROGRAM_TLS_ALIGN / sizeof(int)] = {6};
int (*volatile functions[])() = {answer, overridden, call_overridden, function_11};
int* volatile pointers[] = {shared_object, &variable_0, &variable_11, &common_name};

int main() {
  static Counter<int> counter;
  const Shape* shapes[] = {MakeLeft(), MakeRight()};
  std::printf("%s %s %d %d %d\n", shapes[0]->Name().c_str(), shapes[1]->Name().c_str(),
              functions[0]() + base_tls + program_tls[0], *pointers[1], shared_object[1]);
  return 0;
}
