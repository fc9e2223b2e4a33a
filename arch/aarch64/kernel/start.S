/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entry point. x0 = run-time address of the Handoff; interrupts off, EL1, the image
 * mapped as its segments want but perhaps not relocated: every address here is relative to the
 * program counter.
 */

  .text
  .globl kernel_start
  .type kernel_start, @function
kernel_start:
  msr spsel, #1
  adrp x1, boot_stack_top
  add x1, x1, :lo12:boot_stack_top
  mov sp, x1
  mov x29, xzr                    /* the chain of frame records ends here */
  mov x30, xzr
  bl KernelEntry
  brk #0
  .size kernel_start, . - kernel_start

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
