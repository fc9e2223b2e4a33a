// SPDX-License-Identifier: BSD-2-Clause
// A second module, in C++, which needs the first one.

extern "C" unsigned tiny_module_step();

extern "C" __attribute__((visibility("default"))) unsigned tiny_user_step() {
  return tiny_module_step() + 1;
}
