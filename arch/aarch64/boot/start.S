/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry by the arm64 boot protocol (Linux's Documentation/arm64/booting.rst): EL2 or EL1, MMU and data
 * cache off, x0 = physical address of the device tree. Goes to EL1. Puts the first 4 GiB at their own addresses, the
 * loader's code pages readable and executable, all the rest readable and writable, and calls
 * LoaderEntry(device tree, ticks). Register layouts: Arm ARM (DDI 0487), D17.2.
 */

/* Descriptors (DDI 0487, D8.3). Attribute index 0 is memory, 1 is devices. */
#define TABLE 0x3
#define PAGE 0x3
#define BLOCK 0x1
#define ATTRIBUTE_DEVICE (1 << 2)
#define READ_ONLY (1 << 7)
#define INNER_SHAREABLE (3 << 8)
#define ACCESSED (1 << 10)
#define PRIVILEGED_XN (1 << 53)
#define USER_XN (1 << 54)

#define NEVER_EXECUTED (PRIVILEGED_XN | USER_XN)
#define MEMORY (INNER_SHAREABLE | ACCESSED | NEVER_EXECUTED)
#define CODE (INNER_SHAREABLE | ACCESSED | READ_ONLY | USER_XN)
#define DEVICE (ATTRIBUTE_DEVICE | ACCESSED | NEVER_EXECUTED)

/* 0: normal, write-back; 1: Device-nGnRE. */
#define MAIR 0x04ff
/*
 * Both halves of 47 bits, 4 KiB pages, tables in inner-shareable write-back memory. EPD1: nothing in
 * the upper half yet.
 */
#define TCR_EPD1 (1 << 23)
#define TCR_LOW (17 | 1 << 8 | 1 << 10 | 3 << 12)
#define TCR_HIGH (17 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30)
#define TCR_IPS_SHIFT 32
/* ARMv8.0's bits that are one; then MMU, caches, stack alignment check, writable is never executable. */
#define SCTLR_OFF 0x30d00980
#define SCTLR (SCTLR_OFF | 1 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 19)
/* EL1 is in AArch64 state; pointer authentication does not trap. */
#define HCR (1 << 31 | 1 << 40 | 1 << 41)
#define CPTR_NO_TRAPS 0x32ff
#define CNTHCTL_NO_TRAPS 0x3
#define EL1_MASKED 0x3c5          /* SPSR: EL1 with its own stack, interrupts off */

.macro Load register, value
  movz \register, #((\value) & 0xffff)
  movk \register, #((\value) >> 16 & 0xffff), lsl #16
  movk \register, #((\value) >> 32 & 0xffff), lsl #32
.endm

  .section .head, "ax"
  .globl image_header
image_header:
  b loader_entry
  .long 0
  .quad 0x200000                  /* offset from the start of memory */
  .quad loader_end - image_header
  .quad 0xa                       /* little-endian, 4 KiB pages, anywhere in memory */
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .long 0

  .type loader_entry, @function
loader_entry:
  mrs x20, cntvct_el0
  mov x19, x0

  /* 1. Down to EL1, which then owns counters, FPU and its own identity. */
  mrs x1, CurrentEL
  cmp x1, #(2 << 2)
  b.ne 3f
  Load x1, HCR
  msr hcr_el2, x1
  mov x1, #CPTR_NO_TRAPS
  msr cptr_el2, x1
  msr hstr_el2, xzr
  mov x1, #CNTHCTL_NO_TRAPS
  msr cnthctl_el2, x1
  msr cntvoff_el2, xzr
  mrs x1, midr_el1
  msr vpidr_el2, x1
  mrs x1, mpidr_el1
  msr vmpidr_el2, x1
  Load x1, SCTLR_OFF
  msr sctlr_el1, x1
  mov x1, #EL1_MASKED
  msr spsr_el2, x1
  adr x1, 3f
  msr elr_el2, x1
  eret
3:
  adrp x1, vectors
  add x1, x1, :lo12:vectors
  msr vbar_el1, x1

  /* 2. Translation. Physical addresses have as many bits as the CPU can do, but no more than 48. */
  Load x1, MAIR
  msr mair_el1, x1
  mrs x2, id_aa64mmfr0_el1
  and x2, x2, #0xf
  mov x3, #5
  cmp x2, x3
  csel x2, x2, x3, lo
  Load x1, (TCR_LOW | TCR_HIGH | TCR_EPD1)
  orr x1, x1, x2, lsl #TCR_IPS_SHIFT
  msr tcr_el1, x1
  adrp x1, root_table
  msr ttbr0_el1, x1
  isb
  tlbi vmalle1
  ic iallu
  dsb nsh
  isb
  Load x1, SCTLR
  msr sctlr_el1, x1
  isb

  /*
   * 3. .bss, through the cache: the boot protocol leaves no line of the image that memory lacks, but
   * perhaps some that would hide what is stored past the cache.
   */
  adrp x1, bss_start
  add x1, x1, :lo12:bss_start
  adrp x2, loader_end
  add x2, x2, :lo12:loader_end
1:
  cmp x1, x2
  b.hs 2f
  stp xzr, xzr, [x1], #16
  b 1b
2:

  adrp x1, stack_top
  mov sp, x1
  mov x29, xzr
  mov x30, xzr
  mov x0, x19
  mov x1, x20
  bl LoaderEntry
  brk #0
  .size loader_entry, . - loader_entry

/* A fault of the loader itself: what, where and at which address go to the console. */
  .text
  .p2align 11
vectors:
  .rept 16
  b stray_exception
  .p2align 7
  .endr
  .type stray_exception, @function
stray_exception:
  mrs x0, esr_el1
  mrs x1, elr_el1
  mrs x2, far_el1
  adrp x3, stack_top
  mov sp, x3
  mov x29, xzr
  mov x30, xzr
  bl LoaderTrap
  brk #0
  .size stray_exception, . - stray_exception

/*
 * A page of its own, mapped at its own address in the old and in the new tables.
 * x0 = argument for the kernel, x1 = root table, x2 = kernel entry.
 */
  .section .trampoline, "ax"
  .globl enter_kernel
  .type enter_kernel, @function
enter_kernel:
  dsb ish
  msr ttbr0_el1, x1
  add x1, x1, #2048
  msr ttbr1_el1, x1
  mrs x3, tcr_el1
  bic x3, x3, #TCR_EPD1
  msr tcr_el1, x3
  isb
  tlbi vmalle1
  dsb nsh
  isb
  mov x29, xzr
  mov x30, xzr
  br x2
  .size enter_kernel, . - enter_kernel

/* Gibibyte 0 is devices, 1 to 3 memory; of the loader's own 2 MiB every page is mapped by itself. */
  .data
  .p2align 12
root_table:
  .quad gibibytes + TABLE
  .skip 511 * 8
gibibytes:
  .quad DEVICE | BLOCK
  .quad loader_gibibyte + TABLE
  .quad MEMORY | BLOCK | 2 << 30
  .quad MEMORY | BLOCK | 3 << 30
  .skip 508 * 8
loader_gibibyte:
  .quad MEMORY | BLOCK | 0x40000000
  .quad loader_pages + TABLE
  .set address, 0x40400000
  .rept 510
  .quad MEMORY | BLOCK | address
  .set address, address + 0x200000
  .endr
loader_pages:
  .set address, 0x40200000
  .rept 64
  .quad CODE | PAGE | address
  .set address, address + 0x1000
  .endr
  .rept 448
  .quad MEMORY | PAGE | address
  .set address, address + 0x1000
  .endr

  .bss
  .p2align 12
stack:
  .skip 65536
stack_top:

  .section .note.GNU-stack, "", @progbits
