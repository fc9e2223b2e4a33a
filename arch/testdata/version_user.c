// SPDX-License-Identifier: BSD-2-Clause
// Asks versions.so for the old counter by name and for the new one by default; for a symbol of the
// base version; weakly for one of V_3.

long counter_old(void);
__asm__(".symver counter_old, counter@V_1\n");
long counter(void);
long only_2(void) __attribute__((weak));
long only_3(void) __attribute__((weak));
long plain(void);
extern long old_data;
__asm__(".symver old_data, old_data@V_1\n");

long (*words[])(void) = {counter_old, counter, only_2, only_3, plain};
long* data_word = &old_data;

long entry(void) { return counter_old() + counter() + plain() + old_data; }
