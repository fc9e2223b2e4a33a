// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/order.h"

extern "C" EXPORTED const char* greeting() { return "hijacked"; }

ANNOUNCE("preloaded")
