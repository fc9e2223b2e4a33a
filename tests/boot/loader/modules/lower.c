// SPDX-License-Identifier: BSD-2-Clause
// Needed by upper.kld; its own references go to the kernel.
#include "tests/boot/loader/modules/probe_kpi.h"

static unsigned base = 40;

// A pointer that must be relocated before it is used.
unsigned* const lower_base = &base;

__attribute__((visibility("default"))) unsigned lower_value(unsigned add) {
  return probe_add(*lower_base, add);
}
