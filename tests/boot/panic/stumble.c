/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/module.h"

KLD_MODULE(stumble, "1.0", "does not survive being loaded");
KLD_PARAM_NUMBER(stumble, address, STUMBLE_AT, "the address to read from; 0: a panic of its own");

/* Neither inlined nor left by a jump: each has a frame of its own. */
__attribute__((noinline)) static int stumble_inner(uintptr_t at) {
  if (at == 0) kpanic("stumbled %s", "by itself");
  return *(volatile int*)at + 1;
}

__attribute__((noinline)) static int stumble_outer(uintptr_t at) { return stumble_inner(at) + 1; }

KLD_LOAD(stumble) { return stumble_outer((uintptr_t)address) + 1; }
