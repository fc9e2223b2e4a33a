// SPDX-License-Identifier: BSD-2-Clause
#include <cstddef>

#include "arch/x86/user/vector_registers.h"

namespace arch::x86 {

void HoldRegisters(Hold& hold, const volatile long* counter) {
  asm volatile(DYNLINK_HOLD("1: cmpl $0, %c[calls](%[hold])\n je 2f\n"
                            "mov %c[number](%[hold]), %%eax\n mov %c[argument](%[hold]), %%ebx\n"
                            "xor %%ecx, %%ecx\n int $0x80\n mov %%eax, %c[result](%[hold])\n"
                            "2: mov (%[counter]), %%eax\n cmp %c[until](%[hold]), %%eax\n jl 1b\n")
               :
               : [hold] "S"(&hold), [counter] "D"(counter), DYNLINK_HOLD_OFFSETS
               : "eax", "ebx", "ecx", "edx", "cc", "memory");
}

}  // namespace arch::x86
