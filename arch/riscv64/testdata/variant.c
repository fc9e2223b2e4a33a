// SPDX-License-Identifier: BSD-2-Clause
// A call that does not follow the standard: the symbol has STO_RISCV_VARIANT_CC and the image
// DT_RISCV_VARIANT_CC.

long provider_function(long x);
__asm__(".variant_cc provider_function\n");

long entry(long x) { return provider_function(x); }
