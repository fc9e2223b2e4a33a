// SPDX-License-Identifier: BSD-2-Clause
// counter: V_1 (hidden, the old one) and V_2 (the default); both: only V_2; plain: the base
// version.

long counter_1(void) { return 1; }
long counter_2(void) { return 2; }
long only_2(void) { return 22; }
long plain(void) { return 0; }
long old_data_1 = 1;

__asm__(".symver counter_1, counter@V_1\n");
__asm__(".symver counter_2, counter@@V_2\n");
__asm__(".symver old_data_1, old_data@V_1\n");
