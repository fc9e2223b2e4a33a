// SPDX-License-Identifier: BSD-2-Clause
#include "one/one.h"

int Start() { return One<arch::Current>(1); }
