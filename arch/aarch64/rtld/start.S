/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entry from the kernel (SysV ABI for AArch64, "Process initialization"): sp is 16-byte aligned and
 * points at argc; x0 is a function for atexit.
 */
  .text
  .globl _start
  .hidden _start
  .type _start, @function
_start:
  mov x29, xzr
  mov x30, xzr
  mov x1, x0
  mov x0, sp
  bl user_start
  brk #0
  .size _start, . - _start

/* void EnterProgram(entry, stack_pointer, at_exit) */
  .globl _ZN4arch12EnterProgramEmmm
  .hidden _ZN4arch12EnterProgramEmmm
  .type _ZN4arch12EnterProgramEmmm, @function
_ZN4arch12EnterProgramEmmm:
  mov sp, x1
  mov x16, x0
  mov x0, x2
  mov x29, xzr
  mov x30, xzr
  br x16
  .size _ZN4arch12EnterProgramEmmm, . - _ZN4arch12EnterProgramEmmm

/* Resolver of TLS descriptors (ELF for AArch64, "TLS descriptors"): x0 points at the descriptor; only
 * x0 and the flags may change. */
  .globl tls_descriptor_static
  .hidden tls_descriptor_static
  .type tls_descriptor_static, @function
tls_descriptor_static:
  ldr x0, [x0, #8]
  ret
  .size tls_descriptor_static, . - tls_descriptor_static

/* The same for an undefined weak variable: the word less the thread pointer. */
  .globl tls_descriptor_undefined
  .hidden tls_descriptor_undefined
  .type tls_descriptor_undefined, @function
tls_descriptor_undefined:
  str x1, [sp, #-16]!
  ldr x0, [x0, #8]
  mrs x1, tpidr_el0
  sub x0, x0, x1
  ldr x1, [sp], #16
  ret
  .size tls_descriptor_undefined, . - tls_descriptor_undefined

  .section .note.GNU-stack, "", @progbits
