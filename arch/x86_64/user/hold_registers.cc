// SPDX-License-Identifier: BSD-2-Clause
#include <cstddef>

#include "arch/x86/user/vector_registers.h"

namespace arch::x86 {

void HoldRegisters(Hold& hold, const volatile long* counter) {
  asm volatile(DYNLINK_HOLD("1: cmpq $0, %c[calls](%[hold])\n je 2f\n"
                            "mov %c[number](%[hold]), %%rax\n mov %c[argument](%[hold]), %%rdi\n"
                            "xor %%esi, %%esi\n syscall\n mov %%rax, %c[result](%[hold])\n"
                            "2: mov (%[counter]), %%rax\n cmp %c[until](%[hold]), %%rax\n jl 1b\n")
               :
               : [hold] "r"(&hold), [counter] "r"(counter), DYNLINK_HOLD_OFFSETS
               : "rax", "rcx", "rdx", "rsi", "rdi", "r11", "cc", "memory");
}

}  // namespace arch::x86
