// SPDX-License-Identifier: BSD-2-Clause
// A module as modules are: a constructor, a destructor, operator new, an exported function.

#include "kernel/kpi/kld.h"

namespace {

struct Box {
  Box() : value(new int(1)) {}
  ~Box() { delete value; }
  int* value;
};

Box box;

}  // namespace

extern "C" __attribute__((visibility("default"))) int tiny_whole_value() {
  kprintf("%d\n", *box.value);
  return *box.value;
}
