// SPDX-License-Identifier: BSD-2-Clause
//
// libright.so: the same classes again, a reference to an old version, and symbols that cannot be
// preempted.

#include <vector>

#include "base.h"
#include "shapes.h"

extern "C" int old_answer();
__asm__(".symver old_answer, answer@BASE_1");

__attribute__((visibility("protected"))) int right_value = 7;
__attribute__((visibility("protected"))) int RightFunction() { return right_value; }
__attribute__((visibility("hidden"))) int right_hidden = 8;
int* const right_pointers[] = {&right_value, &right_hidden, shared_object, into_shared_object};
int (*const right_functions[])() = {RightFunction, old_answer, overridden, call_overridden};

__attribute__((tls_model("initial-exec"))) thread_local int right_tls = 9;

Shape* MakeRight() {
  static Counter<int> counter;
  std::vector<Shape*> shapes = {new Round, new Flat};
  Registry()["right"] = old_answer() + right_tls + *right_pointers[0];
  return shapes[static_cast<size_t>(right_functions[0]() != 7)];
}
