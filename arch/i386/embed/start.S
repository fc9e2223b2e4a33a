/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from a PVH boot protocol (Xen docs/misc/pvh.pandoc): 32-bit protected mode, flat segments,
 * paging off, %ebx = hvm_start_info; and so it stays. The image begins at BASE, where `ldflags` links
 * it, with the stack below.
 */
#define BASE 0x200000

  .section .note, "a", %note
  .p2align 2
  .long 4, 8, 18                  /* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
  .asciz "Xen"
  .long BASE, 0                   /* eight bytes in 32-bit images too */

  .section .head, "ax"
  .globl start
start:
  cli
  cld
  mov $(BASE - 16), %esp          /* a multiple of 16 with the argument on it, as the ABI wants it */
  xor %ebp, %ebp
  mov %ebx, (%esp)
  call ProbeMain
  ud2
  .section .note.GNU-stack, "", %progbits
