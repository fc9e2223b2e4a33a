/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What counter.kld offers to other modules.
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* One more than the last time; 1 the first time. */
int counter_next(void);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
