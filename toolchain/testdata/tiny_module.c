// SPDX-License-Identifier: BSD-2-Clause

#include "toolchain/testdata/tiny_kernel.h"

__attribute__((visibility("default"))) unsigned tiny_module_step(void) {
  return tiny_increment(tiny_ticks);
}
