/* SPDX-License-Identifier: BSD-2-Clause */

int cycle_c(void);

__attribute__((visibility("default"))) int cycle_b(void);
int cycle_b(void) { return cycle_c(); }
