// SPDX-License-Identifier: BSD-2-Clause
#include "two/two.h"

#include "rtld_shared/first.h"

int Two() { return Both(2); }
