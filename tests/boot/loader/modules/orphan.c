// SPDX-License-Identifier: BSD-2-Clause
// Needs absent.kld, which the archive lacks.
unsigned absent_value(void);

__attribute__((constructor)) static void start(void) { absent_value(); }
