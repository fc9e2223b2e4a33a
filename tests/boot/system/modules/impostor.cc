// SPDX-License-Identifier: BSD-2-Clause
//
// Calls itself chacha.kld and is another one.
#include "kernel/kpi/module.h"

KLD_MODULE(chacha, "6.6", "is not what it says");

extern "C" __attribute__((visibility("default"))) int chacha_block() { return 1; }

KLD_LOAD(chacha) { return 0; }
