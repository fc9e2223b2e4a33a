// SPDX-License-Identifier: BSD-2-Clause
//
// An address in the code, so that loading it would have to write there (DT_TEXTREL).
#include "kernel/kpi/module.h"

KLD_MODULE(text, "1.0", "has a relocation in its code");

__asm__(
    ".pushsection .text\n"
    "address_in_code: .dc.a address_in_code\n"
    ".popsection\n");

KLD_LOAD(text) { return 0; }
