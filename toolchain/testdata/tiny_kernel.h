// SPDX-License-Identifier: BSD-2-Clause
// What tiny_kernel exports (first two) and what only its own sources see.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

extern __attribute__((visibility("default"))) unsigned tiny_ticks;
__attribute__((visibility("default"))) unsigned tiny_increment(unsigned value);

#ifdef __cplusplus
}
unsigned TinyDouble(unsigned value);
#endif
