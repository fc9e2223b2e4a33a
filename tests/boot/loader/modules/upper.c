// SPDX-License-Identifier: BSD-2-Clause
// Needs lower.kld, and chooses one of its own functions when it is loaded (an indirect function).
#include "tests/boot/loader/modules/probe_kpi.h"

unsigned lower_value(unsigned add);

static unsigned chosen(void) { return 2; }
static unsigned told(void) { return 0; }

// Where resolvers have arguments they say what the CPU can do for programs: nothing for a kernel.
static unsigned (*resolve_two(unsigned long capabilities, const void* more))(void) {
  return capabilities == 0 && more == 0 ? chosen : told;
}
unsigned two(void) __attribute__((ifunc("resolve_two")));

// The kernel counts its calls: one here, one by way of lower.kld, if both answers are right.
__attribute__((constructor)) static void start(void) {
  if (lower_value(two()) == 42) probe_add(1, 1);
}
