// SPDX-License-Identifier: BSD-2-Clause
// The variables that tls.so has from elsewhere; the first one keeps them off offset 0.

__thread long tls_first = 1;
__thread long tls_elsewhere = 2;
__thread long tls_initial_elsewhere;
__thread char tls_aligned[64] __attribute__((aligned(64)));
