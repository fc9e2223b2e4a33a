/* SPDX-License-Identifier: BSD-2-Clause */

#include "kernel/kpi/module.h"

#pragma GCC visibility push(default)
int absent_call(void);
#pragma GCC visibility pop

KLD_MODULE(missing_dependency, "1.0", "needs a file that does not exist");
KLD_LOAD(missing_dependency) { return absent_call(); }
