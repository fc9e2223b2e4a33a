/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Wants what nobody has, and what dma.kld has, which it does not name.
 */

#include "kernel/kpi/module.h"

#pragma GCC visibility push(default)
int nobody_has_it(void);
int nor_that(void);
int dma_map(void);
#pragma GCC visibility pop

KLD_MODULE(undefined, "1.0", "has undefined symbols");
KLD_LOAD(undefined) { return nobody_has_it() + nor_that() + dma_map(); }
