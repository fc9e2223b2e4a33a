// SPDX-License-Identifier: BSD-2-Clause

#include "toolchain/testdata/tiny_kernel.h"

unsigned TinyDouble(unsigned value) { return 2 * value; }
