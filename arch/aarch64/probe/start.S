// SPDX-License-Identifier: BSD-2-Clause
//
// Entry by the arm64 boot protocol (Linux's Documentation/arm64/booting.rst): x0 is the device tree.
// The MMU goes on, for memory is as devices are without it, and compilers' loads want more. Gibibyte
// 0 is devices, 1 is memory, all of it for everything: there is nothing to protect.

#define BLOCK 0x1
#define INNER_SHAREABLE (3 << 8)
#define ACCESSED (1 << 10)
#define NEVER_EXECUTED (3 << 53)
#define DEVICE (1 << 2)            // attribute index 1

#define MAIR 0x04ff                // 0: normal, write-back; 1: Device-nGnRE
#define TCR_LOW (25 | 1 << 8 | 1 << 10 | 3 << 12)  // 39 bits, 4 KiB pages
#define TCR_HIGH (1 << 7)          // EPD1: nothing in the upper half
#define SCTLR_LOW 0x1985           // ARMv8.0's bits that are one, MMU, caches
#define SCTLR_HIGH 0x30d0

  .section .head, "ax"
  .globl start
start:
  b 1f
  .long 0
  .quad 0x200000                   // offset from the start of memory
  .quad image_end - start
  .quad 0xa                        // little-endian, 4 KiB pages, anywhere in memory
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .long 0
1:
  mov x1, #MAIR
  msr mair_el1, x1
  mov x1, #TCR_LOW
  movk x1, #TCR_HIGH, lsl #16
  msr tcr_el1, x1
  adrp x1, gibibytes
  msr ttbr0_el1, x1
  isb
  tlbi vmalle1
  dsb nsh
  isb
  mov x1, #SCTLR_LOW
  movk x1, #SCTLR_HIGH, lsl #16
  msr sctlr_el1, x1
  isb
  adrp x1, stack_top
  add x1, x1, :lo12:stack_top
  mov sp, x1
  mov x29, xzr
  bl ProbeMain
  udf #0

// Vectors that have an undefined instruction for every exception.
  .text
  .globl TrapForEver
TrapForEver:
  adrp x0, vectors
  msr vbar_el1, x0
  isb
  udf #0

  .p2align 12
vectors:
  .rept 16
  udf #0
  .p2align 7
  .endr

  .data
  .p2align 12
gibibytes:
  .quad DEVICE | ACCESSED | NEVER_EXECUTED | BLOCK
  .quad INNER_SHAREABLE | ACCESSED | BLOCK | 1 << 30
  .skip 510 * 8

  .bss
  .p2align 4
  .skip 65536
stack_top:
  .section .note.GNU-stack, "", %progbits
