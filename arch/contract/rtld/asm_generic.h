// SPDX-License-Identifier: BSD-2-Clause
//
// The numbers that CPUs have which came after Linux's generic table (asm-generic/unistd.h) and use it
// as it is.
#pragma once

#include "arch/contract/rtld/machine.h"

namespace arch {

inline constexpr CallNumbers kAsmGenericCalls = {
    .close = 57,
    .clock_gettime = 113,
    .exit_group = 94,
    .mmap = 222,
    .mprotect = 226,
    .munmap = 215,
    .openat = 56,
    .pread64 = 67,
    .readlinkat = 78,
    .statx = 291,
    .write = 64,
};

}  // namespace arch
