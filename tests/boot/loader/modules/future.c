// SPDX-License-Identifier: BSD-2-Clause
// Linked against a kernel that has more than the one it meets: a function in a version that the
// kernel does have.
unsigned probe_future(void);

__attribute__((constructor)) static void start(void) { probe_future(); }
