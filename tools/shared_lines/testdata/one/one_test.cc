// SPDX-License-Identifier: BSD-2-Clause
#include "one/one.h"

int NotCounted() { return One<arch::Current>(2); }
