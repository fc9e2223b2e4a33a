/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from SBI firmware (RISC-V Platform Specification, "Boot and Runtime"; Linux's boot protocol
 * agrees): S-mode, translation off, a0 = this hart, a1 = physical address of the flattened device
 * tree. It enters at the image's lowest address. The loader stays in physical addresses.
 */
  .option arch, +zicsr

  .section .entry, "ax"
  .globl loader_entry
  .type loader_entry, @function
loader_entry:
  csrw sie, zero
  csrci sstatus, 2                /* SIE */
  rdtime a2
  lla t0, stray_trap
  csrw stvec, t0
  lla sp, stack_top
  li s0, 0                        /* the chain of frame pointers ends here */
  call LoaderEntry
  unimp
  .size loader_entry, . - loader_entry

/* A fault of the loader itself: what, where and at which address go to the console. */
  .p2align 2
  .type stray_trap, @function
stray_trap:
  csrr a0, scause
  csrr a1, sepc
  csrr a2, stval
  lla sp, stack_top
  li s0, 0
  call LoaderTrap
  unimp
  .size stray_trap, . - stray_trap

/*
 * void enter_kernel(argument, satp, entry): translation goes on with the store to satp, and nothing
 * of the loader is mapped then. So the next fetch faults, and the fault's vector is the kernel's
 * entry. a0 is the kernel's argument already.
 */
  .text
  .globl enter_kernel
  .type enter_kernel, @function
enter_kernel:
  csrw stvec, a2
  li s0, 0
  sfence.vma
  csrw satp, a1
  unimp
  .size enter_kernel, . - enter_kernel

  .bss
  .p2align 4
stack:
  .skip 65536
stack_top:

  .section .note.GNU-stack, "", @progbits
