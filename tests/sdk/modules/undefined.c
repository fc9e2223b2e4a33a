/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls what nobody exports: the link must fail, not the load.
 */

#include "kernel/kpi/module.h"

int nobody_has_this(void);

KLD_MODULE(undefined, "1.0", "does not link");

KLD_LOAD(undefined) { return nobody_has_this(); }
