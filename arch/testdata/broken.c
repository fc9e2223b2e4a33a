// SPDX-License-Identifier: BSD-2-Clause
// Two symbols that nobody defines, one of them wanted in three places, beside good references.

extern long nowhere_a[2];
long nowhere_b(long x);
extern long provider_data[4];

long* good_word = &provider_data[1];
long* bad_words[] = {nowhere_a, &nowhere_a[1]};
long (*bad_function)(long) = nowhere_b;

long entry(long x) { return nowhere_a[0] + provider_data[0] + bad_function(x); }
