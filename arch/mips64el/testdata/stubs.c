// SPDX-License-Identifier: BSD-2-Clause
// Calls functions whose address it does not take, so that their undefined symbols have values: lazy
// binding stubs of its own, which satisfy nobody's reference. In DT_HASH they are found by name.
// link: -Wl,--hash-style=sysv

long provider_function(long x);
long provider_weak(long x);
extern long provider_data[4];
static long local_data[4] = {1};

long* entry_data(void) { return &local_data[2]; }
long entry(long x) { return provider_function(x) + provider_weak(x) + provider_data[0]; }
