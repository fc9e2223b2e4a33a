// SPDX-License-Identifier: BSD-2-Clause
//
// Needs absent.kld, which is nowhere.
#include "kernel/kpi/module.h"

KLD_MODULE(orphan, "1.0", "needs a file that is not there");

extern "C" int absent_call();

KLD_LOAD(orphan) { return absent_call(); }
