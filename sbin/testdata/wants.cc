// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kpi/module.h"

KLD_MODULE(wants, "1.0", "wants a function that its library does not have any more");

extern "C" int told_value();
extern "C" int told_secret();

KLD_LOAD(wants) { return told_value() + told_secret(); }
KLD_UNLOAD(wants) {}
