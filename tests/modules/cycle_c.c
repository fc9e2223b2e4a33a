/* SPDX-License-Identifier: BSD-2-Clause */

int cycle_a(void);

__attribute__((visibility("default"))) int cycle_c(void);
int cycle_c(void) { return cycle_a(); }
