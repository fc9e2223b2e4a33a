// SPDX-License-Identifier: BSD-2-Clause
// A direct call of a hidden IFUNC: its PLT slot is filled by JMP_IREL, with a copy of the descriptor
// that the resolver returns.

static long fast(long x) { return x * 2; }

__attribute__((visibility("hidden"), used)) void* near_choice_resolver(void) { return fast; }
__asm__(
    ".globl near_choice\n.hidden near_choice\n.type near_choice, @gnu_indirect_function\n"
    ".set near_choice, near_choice_resolver\n");

__attribute__((visibility("hidden"))) long near_choice(long x);

long entry(long x) { return near_choice(x); }
