// SPDX-License-Identifier: BSD-2-Clause
// The common one, by the flags that make code of this ABI that is not position independent: with
// addresses of 32 bits, COPY relocations and canonical PLT entries (STO_MIPS_PLT).
// flags: -fno-pic -fno-pie -mno-shared -mplt -msym32
// link: -Wl,-Ttext-segment=0x10000000

#include "../../testdata/program.c"
