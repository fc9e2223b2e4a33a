/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entry point. %rdi = run-time address of the Handoff; interrupts off, long mode, the
 * image mapped as its segments want but perhaps not relocated: every address here is relative to
 * the program counter.
 */

  .text
  .globl kernel_start
  .type kernel_start, @function
kernel_start:
  lea boot_stack_top(%rip), %rsp
  xor %ebp, %ebp                  /* the chain of frame pointers ends here */
  cld
  call KernelEntry
  ud2
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
