/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entry from the kernel (psABI 3.4.1): rsp is 16-byte aligned and points at argc; rdx is a function
 * for atexit.
 */
  .text
  .globl _start
  .hidden _start
  .type _start, @function
_start:
  xorl %ebp, %ebp
  movq %rsp, %rdi
  movq %rdx, %rsi
  call user_start
  ud2
  .size _start, . - _start

/* void EnterProgram(entry, stack_pointer, at_exit): rdx = at_exit is already where the psABI wants
 * it. */
  .globl _ZN4arch12EnterProgramEmmm
  .hidden _ZN4arch12EnterProgramEmmm
  .type _ZN4arch12EnterProgramEmmm, @function
_ZN4arch12EnterProgramEmmm:
  movq %rsi, %rsp
  xorl %ebp, %ebp
  jmpq *%rdi
  .size _ZN4arch12EnterProgramEmmm, . - _ZN4arch12EnterProgramEmmm

/* Resolver of TLS descriptors (psABI for TLS descriptors, 4): rax points at the descriptor; only rax
 * may change. */
  .globl tls_descriptor_static
  .hidden tls_descriptor_static
  .type tls_descriptor_static, @function
tls_descriptor_static:
  movq 8(%rax), %rax
  ret
  .size tls_descriptor_static, . - tls_descriptor_static

/* The same for an undefined weak variable: the word less the thread pointer. */
  .globl tls_descriptor_undefined
  .hidden tls_descriptor_undefined
  .type tls_descriptor_undefined, @function
tls_descriptor_undefined:
  movq 8(%rax), %rax
  subq %fs:0, %rax
  ret
  .size tls_descriptor_undefined, . - tls_descriptor_undefined

  .section .note.GNU-stack, "", @progbits
