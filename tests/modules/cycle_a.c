/* SPDX-License-Identifier: BSD-2-Clause */

int cycle_b(void);

__attribute__((visibility("default"))) int cycle_a(void);
int cycle_a(void) { return cycle_b(); }
