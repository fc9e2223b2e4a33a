// SPDX-License-Identifier: BSD-2-Clause
// The initial exec code of Sun, which subtracts what the GOT has from the thread pointer. GNU ld makes
// it of the general dynamic code of -fPIC objects in a program.
// link: tls_provider.so

  .text
  .global tls_distance
  .type tls_distance, @function
tls_distance:
  movl %gs:0, %eax
  subl tls_initial_elsewhere@gottpoff(%ebx), %eax
  ret
  .size tls_distance, . - tls_distance

  .global tls_own_distance
  .type tls_own_distance, @function
tls_own_distance:
  movl %gs:0, %eax
  subl tls_own@gottpoff(%ebx), %eax
  ret
  .size tls_own_distance, . - tls_own_distance

  .type tls_hidden_distance, @function
tls_hidden_distance:
  movl %gs:0, %eax
  subl tls_hidden@gottpoff(%ebx), %eax
  ret
  .size tls_hidden_distance, . - tls_hidden_distance

  .section .tbss, "awT", @nobits
  .align 4
  .zero 4
  .global tls_own
  .type tls_own, @object
tls_own:
  .zero 4
  .size tls_own, 4
  .hidden tls_hidden
  .global tls_hidden
  .type tls_hidden, @object
tls_hidden:
  .zero 4
  .size tls_hidden, 4
