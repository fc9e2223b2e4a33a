/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from a PVH boot protocol (Xen docs/misc/pvh.pandoc): 32-bit protected mode, flat segments,
 * paging off, interrupts off, %ebx = physical address of struct hvm_start_info. Leaves in long mode
 * with the first 4 GiB at their own addresses: the loader's code page readable and executable, all
 * the rest readable and writable, and calls LoaderEntry(hvm_start_info, ticks).
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
#define EFER_LONG_MODE 0x100
#define EFER_NX 0x800

#define CODE64 0x08
#define DATA 0x10

/* Tells the boot protocol where to enter: XEN_ELFNOTE_PHYS32_ENTRY. */
  .section .note.pvh, "a", @note
  .p2align 2
  .long 4, 8, 18
  .asciz "Xen"
  .quad pvh_entry

  .text
  .code32
  .globl pvh_entry
  .type pvh_entry, @function
pvh_entry:
  cli
  cld
  mov $stack_top, %esp
  mov %ebx, %esi                  /* hvm_start_info */
  rdtsc
  mov %eax, entry_ticks
  mov %edx, entry_ticks + 4

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

  mov $(page_directories + PAGE_WRITE + PAGE_PRESENT), %eax
  mov $page_pointers, %ecx
  mov $4, %edx
2:
  mov %eax, (%ecx)
  add $4096, %eax
  add $8, %ecx
  dec %edx
  jnz 2b
  movl $(page_pointers + PAGE_WRITE + PAGE_PRESENT), root_table

  /* 2. Long mode. */
  mov $CR4_PAE, %eax
  mov %eax, %cr4
  mov $root_table, %eax
  mov %eax, %cr3
  mov $MSR_EFER, %ecx
  rdmsr
  or $(EFER_LONG_MODE | EFER_NX), %eax
  wrmsr
  mov $(CR0_PAGING | CR0_WRITE_PROTECT | CR0_PROTECTED), %eax
  mov %eax, %cr0
  lgdt gdt_pointer
  ljmp $CODE64, $3f

  .code64
3:
  mov $DATA, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  xor %eax, %eax
  mov %eax, %fs
  mov %eax, %gs
  xor %ebp, %ebp
  mov %esi, %edi
  mov entry_ticks(%rip), %rsi
  call LoaderEntry
  ud2
  .size pvh_entry, . - pvh_entry

/*
 * A page of its own, mapped at its own address in the old and in the new tables.
 * %rdi = argument for the kernel, %rsi = root table, %rdx = kernel entry.
 */
  .section .trampoline, "ax"
  .globl enter_kernel
  .type enter_kernel, @function
enter_kernel:
  mov %rsi, %cr3
  xor %ebp, %ebp
  jmp *%rdx
  .size enter_kernel, . - enter_kernel

  .data
  .p2align 3
gdt:
  .quad 0
  .quad 0x00af9a000000ffff        /* CODE64 */
  .quad 0x00cf92000000ffff        /* DATA */
gdt_pointer:
  .word . - gdt - 1
  .quad gdt

  .bss
  .p2align 12
root_table:
  .skip 4096
page_pointers:
  .skip 4096
page_directories:
  .skip 4 * 4096
stack:
  .skip 65536
stack_top:
entry_ticks:
  .skip 8

  .section .note.GNU-stack, "", @progbits
