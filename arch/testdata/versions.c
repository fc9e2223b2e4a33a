// SPDX-License-Identifier: BSD-2-Clause
// counter: V_1 (hidden, the old one) and V_2 (the default); only_2: V_2; only_3: V_3; plain: the
// base version; old_data: V_1, hidden.

long counter_1(void) { return 1; }
long counter_2(void) { return 2; }
long only_2(void) { return 22; }
long only_3(void) { return 33; }
long plain(void) { return 0; }
long old_data_1 = 1;

__asm__(".symver counter_1, counter@V_1\n");
__asm__(".symver counter_2, counter@@V_2\n");
__asm__(".symver old_data_1, old_data@V_1\n");
