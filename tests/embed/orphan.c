/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Needs what nobody has. */
#include "kernel/kpi/module.h"

KLD_MODULE(orphan, "1.0", "cannot be linked");

__attribute__((visibility("default"))) void nobody_has_it(void);

KLD_UNLOAD(orphan) { nobody_has_it(); }
