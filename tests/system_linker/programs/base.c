/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libbase.so: what everything needs. Two versions of one function, data that a program at a fixed
 * address copies, thread-local variables, and a weak reference that nothing answers.
 */
#include "base.h"

#define SYMBOL_VERSION(version) __attribute__((symver(version)))

SYMBOL_VERSION("answer@BASE_1") int answer_of_old(void) { return 1; }
SYMBOL_VERSION("answer@@BASE_2") int answer_of_new(void) { return 2; }

int shared_object[4] = {1, 2, 3, 4};
int* const into_shared_object = &shared_object[2];

__thread int base_tls = 5;
__thread int base_tls_zero;

extern int nowhere __attribute__((weak));
int* const pointer_to_nowhere = &nowhere;

/* Calls and takes the address of what the program may define instead. */
int overridden(void) { return 3; }
int (*const pointer_to_overridden)(void) = overridden;
int call_overridden(void) { return overridden(); }
