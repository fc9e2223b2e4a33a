/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The four functions that compilers call by themselves, as in C's <string.h>.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
void* memcpy(void* to, const void* from, size_t bytes);
void* memmove(void* to, const void* from, size_t bytes);
void* memset(void* to, int value, size_t bytes);
int memcmp(const void* a, const void* b, size_t bytes);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
