/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the CPU offers as sources of randomness, raw: for the module that makes random numbers, not
 * for those that use them. Any context.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* 64 bits of the CPU's generator: 1, or 0 when there is none or it did not answer after ten tries.
 */
int kcpu_random(uint64_t* word);
/* The CPU's free-running cycle counter. Its jitter against interrupts and memory is a source too.
 */
uint64_t kcpu_cycles(void);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
