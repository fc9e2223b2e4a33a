// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/order.h"

ANNOUNCE("u")
