// SPDX-License-Identifier: BSD-2-Clause
//
// Entry from SBI firmware: a1 = device tree.

  .option arch, +zicsr

  .section .entry, "ax"
  .globl start
start:
  lla sp, stack_top
  li s0, 0
  mv a0, a1
  call ProbeMain

// What the hart does of itself at a trap when nobody has set a vector: traps, for ever.
  .globl TrapForEver
TrapForEver:
  lla t0, 1f
  csrw stvec, t0
  .p2align 2
1:
  unimp

  .bss
  .p2align 4
  .skip 65536
stack_top:
  .section .note.GNU-stack, "", %progbits
