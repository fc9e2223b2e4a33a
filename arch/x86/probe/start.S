// SPDX-License-Identifier: BSD-2-Clause
//
// The smallest thing QEMU boots (PVH: 32-bit flat, ebx = hvm_start_info), for tests of what boots
// and watches a machine: prints "probe: " and the command line on COM1, then does what the command
// line's first letter says: h hangs, t triple-faults, p prints a panic and powers off with status
// 125, anything else powers off with status 0.

  .section .note, "a", %note
  .p2align 2
  .long 4, 8, 18  // name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long start, 0  // the descriptor has eight bytes in 32-bit images too

  .text
  .code32
  .globl start
start:
  cli
  cld
  mov $stack_top, %esp
  mov 24(%ebx), %ebp  // hvm_start_info.cmdline_paddr, low half
  mov $greeting, %esi
  call print
  mov %ebp, %esi
  call print
  mov $line_end, %esi
  call print
  mov (%ebp), %al
  cmp $'h', %al
  je hang
  cmp $'t', %al
  je triple_fault
  cmp $'p', %al
  mov $0, %al
  jne power_off
  mov $panic, %esi
  call print
  mov $125, %al
power_off:
  outb %al, $0xe9
  mov $0x604, %dx  // PM1a_CNT: SLP_EN, type 0
  mov $0x2000, %ax
  outw %ax, %dx
hang:
  hlt
  jmp hang
triple_fault:
  lidt no_table
  int3

print:  // esi: text
  mov (%esi), %cl
  inc %esi
  test %cl, %cl
  jz 2f
  mov $0x3fd, %dx
1:
  inb %dx, %al
  test $0x20, %al
  jz 1b
  mov %cl, %al
  mov $0x3f8, %dx
  outb %al, %dx
  jmp print
2:
  ret

  .section .rodata
greeting: .asciz "probe: "
line_end: .asciz "\r\n"
panic: .asciz "panic: asked for\r\n"
no_table: .skip 6

  .bss
  .p2align 4
  .skip 256
stack_top:
  .section .note.GNU-stack, "", %progbits
