/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A function that stays calls one that is given back after loading: the link must fail.
 */

#include "kernel/kpi/module.h"

KLD_MODULE(init_from_text, "1.0", "does not link");

KLD_INIT static int prepare(void) { return 0; }

KLD_QUIESCE(init_from_text) { return prepare(); }

KLD_LOAD(init_from_text) { return prepare(); }
