/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entry point. a0 = run-time address of the Handoff; interrupts off, Sv39, the image
 * mapped as its segments want but perhaps not relocated: every address here is relative to the
 * program counter. The loader comes here by a trap whose vector this is.
 */

  .option arch, +zicsr

  .text
  .p2align 2
  .globl kernel_start
  .type kernel_start, @function
kernel_start:
  lla t0, stray_trap
  csrw stvec, t0
  lla sp, boot_stack_top
  li s0, 0                        /* the chain of frame pointers ends here */
  li ra, 0
  call KernelEntry
  unimp
  .size kernel_start, . - kernel_start

/* Until InitCpu has set the vector, a trap stops here. */
  .p2align 2
stray_trap:
  wfi
  j stray_trap

  .bss
  .p2align 12
  .globl boot_stack, boot_stack_top
  .hidden boot_stack, boot_stack_top
  .type boot_stack, @object
boot_stack:
  .skip 16384
  .size boot_stack, . - boot_stack
boot_stack_top:

  .section .note.GNU-stack, "", @progbits
