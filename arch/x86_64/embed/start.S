/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from a PVH boot protocol (Xen docs/misc/pvh.pandoc): 32-bit protected mode, flat segments,
 * paging off, %ebx = hvm_start_info. To long mode, with the first GiB at its own addresses and all of
 * it for everything: there is nothing to protect. The program is relocated by nobody yet and 32-bit
 * code has no addresses relative to itself, so all of them are numbers here: BASE is where `ldflags`
 * links the image, and the MiB below it has tables and stack.
 */
#define BASE 0x200000
#define ROOT 0x100000
#define POINTERS 0x101000
#define DIRECTORY 0x102000
#define GDT 0x103000
#define STACK_TOP 0x200000

#define PRESENT 0x1
#define WRITE 0x2
#define LARGE 0x80

  .section .note, "a", %note
  .p2align 2
  .long 4, 8, 18                  /* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
  .asciz "Xen"
  .long BASE, 0

  .section .head, "ax"
  .code32
  .globl start
start:
  cli
  cld
  mov %ebx, %esi

  /* 1. Zeros, then 512 pages of 2 MiB. */
  xor %eax, %eax
  mov $ROOT, %edi
  mov $(4 * 4096 / 4), %ecx
  rep stosl
  movl $(POINTERS + WRITE + PRESENT), ROOT
  movl $(DIRECTORY + WRITE + PRESENT), POINTERS
  mov $DIRECTORY, %edi
  mov $(LARGE | WRITE | PRESENT), %eax
1:
  mov %eax, (%edi)
  add $8, %edi
  add $0x200000, %eax
  cmp $(DIRECTORY + 4096), %edi
  jne 1b

  /* 2. Long mode: CR4.PAE, EFER.LME, CR0.PG and PE. */
  mov $0x20, %eax
  mov %eax, %cr4
  mov $ROOT, %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx
  rdmsr
  or $0x100, %eax
  wrmsr
  mov $0x80000001, %eax
  mov %eax, %cr0

  /* 3. A 64-bit code segment and data; the descriptor of the table stands behind it. */
  movl $0x0000ffff, GDT + 8
  movl $0x00af9a00, GDT + 12
  movl $0x0000ffff, GDT + 16
  movl $0x00cf9200, GDT + 20
  movw $23, GDT + 24
  movl $GDT, GDT + 26
  lgdt GDT + 24
  ljmp $8, $(BASE + long_mode - start)

  .code64
long_mode:
  mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $STACK_TOP, %esp
  xor %ebp, %ebp
  mov %esi, %edi
  call ProbeMain
  ud2
  .section .note.GNU-stack, "", %progbits
