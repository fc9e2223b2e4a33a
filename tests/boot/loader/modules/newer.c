// SPDX-License-Identifier: BSD-2-Clause
// Wants a version that the kernel does not have.
unsigned probe_newer(void);

__attribute__((constructor)) static void start(void) { probe_newer(); }
