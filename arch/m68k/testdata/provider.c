// SPDX-License-Identifier: BSD-2-Clause
// The common one, what compilers call here for the thread pointer, and numbers for narrow places.

#include "../../testdata/provider.c"

void* __m68k_read_tp(void) { return 0; }

__asm__(
    ".globl provider_short\n.type provider_short, @object\nprovider_short = 0x1234\n"
    ".globl provider_byte\n.type provider_byte, @object\nprovider_byte = 0x12\n");
