/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entry from the kernel: sp is 16-byte aligned and points at argc; a0 is a function for atexit, 0
 * from a kernel.
 */
  .text
  .globl _start
  .hidden _start
  .type _start, @function
_start:
  /* Code at a fixed address is relaxed to reach small data from gp, which programs set themselves
   * (psABI, "Global-pointer relaxation"). An image that can move has no such place: it gets 0. */
  .option push
  .option norelax
  .weak __global_pointer$
  .hidden __global_pointer$
  la gp, __global_pointer$
  .option pop
  li s0, 0
  li ra, 0
  mv a1, a0
  mv a0, sp
  call user_start
  unimp
  .size _start, . - _start

/* void EnterProgram(entry, stack_pointer, at_exit) */
  .globl _ZN4arch12EnterProgramEmmm
  .hidden _ZN4arch12EnterProgramEmmm
  .type _ZN4arch12EnterProgramEmmm, @function
_ZN4arch12EnterProgramEmmm:
  mv t1, a0
  mv sp, a1
  mv a0, a2
  li s0, 0
  li ra, 0
  jr t1
  .size _ZN4arch12EnterProgramEmmm, . - _ZN4arch12EnterProgramEmmm

/* Resolver of TLS descriptors (psABI, "TLS Descriptors"): a0 points at the descriptor and becomes the
 * offset from tp; it is called with t0 as the link register, and nothing else may change. */
  .globl tls_descriptor_static
  .hidden tls_descriptor_static
  .type tls_descriptor_static, @function
tls_descriptor_static:
  ld a0, 8(a0)
  jr t0
  .size tls_descriptor_static, . - tls_descriptor_static

/* The same for an undefined weak variable: the word less tp. */
  .globl tls_descriptor_undefined
  .hidden tls_descriptor_undefined
  .type tls_descriptor_undefined, @function
tls_descriptor_undefined:
  ld a0, 8(a0)
  sub a0, a0, tp
  jr t0
  .size tls_descriptor_undefined, . - tls_descriptor_undefined

  .section .note.GNU-stack, "", @progbits
