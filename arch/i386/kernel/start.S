/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's entry point. %eax = run-time address of the Handoff, %edx = that of this entry point,
 * for there is no stack to ask by a call where the code is; interrupts off, PAE paging on, the image
 * mapped as its segments want but perhaps not relocated.
 */

  .text
  .globl kernel_start
  .type kernel_start, @function
kernel_start:
  lea boot_stack_top - kernel_start(%edx), %esp
  xor %ebp, %ebp                  /* the chain of frame pointers ends here */
  cld
  sub $12, %esp                   /* the call's stack is a multiple of 16 */
  push %eax
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
