/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"

KLD_MODULE(veto, "1.0", "does not want to go");
KLD_QUIESCE(veto) { return EBUSY; }
KLD_UNLOAD(veto) { kprintf("veto: unloaded all the same\n"); }
