/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entry from the kernel (psABI, "Process Initialization"): esp points at argc; edx is a function for
 * atexit.
 */
  .text
  .globl _start
  .hidden _start
  .type _start, @function
_start:
  xorl %ebp, %ebp
  movl %esp, %eax
  andl $-16, %esp
  subl $8, %esp
  pushl %edx
  pushl %eax
  call user_start
  hlt
  .size _start, . - _start

/* void EnterProgram(entry, stack_pointer, at_exit): edx = at_exit is where the psABI wants it. */
  .globl _ZN4arch12EnterProgramEjjj
  .hidden _ZN4arch12EnterProgramEjjj
  .type _ZN4arch12EnterProgramEjjj, @function
_ZN4arch12EnterProgramEjjj:
  movl 4(%esp), %eax
  movl 12(%esp), %edx
  movl 8(%esp), %esp
  xorl %ebp, %ebp
  jmpl *%eax
  .size _ZN4arch12EnterProgramEjjj, . - _ZN4arch12EnterProgramEjjj

/* intptr_t SystemCall(number, a, b, c, d, e, f): by INT 0x80, its arguments in ebx, ecx, edx, esi,
 * edi, ebp. */
  .globl _ZN4arch10SystemCallEijjjjjj
  .hidden _ZN4arch10SystemCallEijjjjjj
  .type _ZN4arch10SystemCallEijjjjjj, @function
_ZN4arch10SystemCallEijjjjjj:
  pushl %ebp
  pushl %ebx
  pushl %esi
  pushl %edi
  movl 20(%esp), %eax
  movl 24(%esp), %ebx
  movl 28(%esp), %ecx
  movl 32(%esp), %edx
  movl 36(%esp), %esi
  movl 40(%esp), %edi
  movl 44(%esp), %ebp
  int $0x80
  popl %edi
  popl %esi
  popl %ebx
  popl %ebp
  ret
  .size _ZN4arch10SystemCallEijjjjjj, . - _ZN4arch10SystemCallEijjjjjj

/* Resolver of TLS descriptors (RFC "Thread-Local Storage Descriptors for IA32 and AMD64/EM64T"): eax
 * points at the descriptor; only eax may change. */
  .globl tls_descriptor_static
  .hidden tls_descriptor_static
  .type tls_descriptor_static, @function
tls_descriptor_static:
  movl 4(%eax), %eax
  ret
  .size tls_descriptor_static, . - tls_descriptor_static

/* The same for an undefined weak variable: the word less the thread pointer. */
  .globl tls_descriptor_undefined
  .hidden tls_descriptor_undefined
  .type tls_descriptor_undefined, @function
tls_descriptor_undefined:
  movl 4(%eax), %eax
  subl %gs:0, %eax
  ret
  .size tls_descriptor_undefined, . - tls_descriptor_undefined

/* What compilers call for variables of shared objects: __tls_get_addr with its argument in eax. Who
 * links this folder without a __tls_get_addr has no such variables. */
  .weak __tls_get_addr
  .globl ___tls_get_addr
  .type ___tls_get_addr, @function
___tls_get_addr:
  pushl %ebx
  call 1f
1:
  popl %ebx
  addl $_GLOBAL_OFFSET_TABLE_ + (. - 1b), %ebx
  subl $20, %esp
  pushl %eax
  call *__tls_get_addr@GOT(%ebx)
  addl $24, %esp
  popl %ebx
  ret
  .size ___tls_get_addr, . - ___tls_get_addr

  .section .note.GNU-stack, "", @progbits
