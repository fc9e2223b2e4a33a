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

  .section .note.GNU-stack, "", @progbits
