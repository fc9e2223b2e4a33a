// SPDX-License-Identifier: BSD-2-Clause
// Thread-local variables by every model a shared object can use: general dynamic (own, exported),
// local dynamic, initial exec; its own and those of tls_provider.so.

extern __thread long tls_elsewhere;
__thread long tls_exported = 3;
static __thread long tls_static_a = 1;
static __thread long tls_static_b = 2;
__thread __attribute__((tls_model("initial-exec"))) long tls_initial = 4;
extern __thread __attribute__((tls_model("initial-exec"))) long tls_initial_elsewhere;

long* general(void) { return &tls_exported; }
long* other(void) { return &tls_elsewhere; }
long local(void) { return tls_static_a++ + tls_static_b++; }
long* initial(void) { return &tls_initial; }
long* initial_other(void) { return &tls_initial_elsewhere; }
