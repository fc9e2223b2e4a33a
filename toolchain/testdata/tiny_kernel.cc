// SPDX-License-Identifier: BSD-2-Clause
// The smallest image that has all a kernel has: an entry, relocations, exports, RELRO.

#include "toolchain/testdata/tiny_kernel.h"

unsigned tiny_ticks = 1;

namespace {

unsigned (*const kOperations[])(unsigned) = {TinyDouble, tiny_increment};

}  // namespace

unsigned tiny_increment(unsigned value) { return value + tiny_ticks; }

extern "C" unsigned tiny_start(unsigned which) { return kOperations[which & 1](which); }
