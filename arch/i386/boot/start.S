/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from a PVH boot protocol (Xen docs/misc/pvh.pandoc): 32-bit protected mode, flat segments,
 * paging off, interrupts off, %ebx = physical address of struct hvm_start_info. Leaves with PAE
 * paging on, for its pages may be not executable, and the 4 GiB at their own addresses: the loader's
 * code page readable and executable, all the rest readable and writable; calls
 * LoaderEntry(hvm_start_info, ticks).
 */

#define PAGE_PRESENT 0x1
#define PAGE_WRITE 0x2
#define PAGE_LARGE 0x80
#define PAGE_NX_HIGH 0x80000000 /* in the upper half of an entry */

#define CR0_PROTECTED 0x1
#define CR0_WRITE_PROTECT 0x10000
#define CR0_PAGING 0x80000000
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_NX 0x800

#define CODE 0x08
#define DATA 0x10

/* Tells the boot protocol where to enter: XEN_ELFNOTE_PHYS32_ENTRY. The descriptor has eight bytes
 * in 32-bit images too. */
  .section .note.pvh, "a", @note
  .p2align 2
  .long 4, 8, 18
  .asciz "Xen"
  .long pvh_entry, 0

  .text
  .globl pvh_entry
  .type pvh_entry, @function
pvh_entry:
  cli
  cld
  mov $stack_top, %esp
  mov %ebx, %esi                  /* hvm_start_info */
  rdtsc
  mov %eax, %edi
  mov %edx, %ebp

  /* 1. Page tables: 2048 large pages, writable and not executable. */
  mov $page_directories, %ecx
  mov $(PAGE_LARGE | PAGE_WRITE | PAGE_PRESENT), %eax
1:
  mov %eax, (%ecx)
  movl $PAGE_NX_HIGH, 4(%ecx)
  add $8, %ecx
  add $0x200000, %eax
  jnc 1b
  /* The loader's code: executable, not writable. */
  movl $(0x200000 + PAGE_LARGE + PAGE_PRESENT), page_directories + 8
  movl $0, page_directories + 12

  mov $(page_directories + PAGE_PRESENT), %eax
  mov $page_pointers, %ecx
  mov $4, %edx
2:
  mov %eax, (%ecx)
  add $4096, %eax
  add $8, %ecx
  dec %edx
  jnz 2b

  /* 2. Paging. */
  mov $CR4_PAE, %eax
  mov %eax, %cr4
  mov $page_pointers, %eax
  mov %eax, %cr3
  mov $MSR_EFER, %ecx
  rdmsr
  or $EFER_NX, %eax
  wrmsr
  mov $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_PROTECTED), %eax
  mov %eax, %cr0
  lgdt gdt_pointer
  ljmp $CODE, $3f
3:
  mov $DATA, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  xor %eax, %eax
  mov %eax, %fs
  mov %eax, %gs

  sub $4, %esp                    /* the call's stack is a multiple of 16 */
  push %ebp
  push %edi
  push %esi
  xor %ebp, %ebp
  call LoaderEntry
  ud2
  .size pvh_entry, . - pvh_entry

/*
 * A page of its own, mapped at its own address in the old and in the new tables.
 * enter_kernel(argument for the kernel, root table, kernel entry): the argument goes to %eax, the
 * entry to %edx.
 */
  .section .trampoline, "ax"
  .globl enter_kernel
  .type enter_kernel, @function
enter_kernel:
  mov 4(%esp), %eax
  mov 8(%esp), %ecx
  mov 12(%esp), %edx
  mov %ecx, %cr3
  xor %ebp, %ebp
  jmp *%edx
  .size enter_kernel, . - enter_kernel

  .data
  .p2align 3
gdt:
  .quad 0
  .quad 0x00cf9a000000ffff        /* CODE */
  .quad 0x00cf92000000ffff        /* DATA */
gdt_pointer:
  .word . - gdt - 1
  .long gdt

  .bss
  .p2align 12
page_directories:
  .skip 4 * 4096
page_pointers:
  .skip 4096
stack:
  .skip 65536
stack_top:

  .section .note.GNU-stack, "", @progbits
