// SPDX-License-Identifier: BSD-2-Clause
// Words that are aligned to two bytes only: relocated data, and DT_INIT_ARRAY.

  .text
  .globl start
  .type start, @function
start:
  rts
  .size start, . - start

  .section .init_array, "aw", @init_array
  .balign 2
  .long start

  // With it, what is read-only after relocation is no multiple of four bytes.
  .section .data.rel.ro, "aw", @progbits
  .balign 2
  .short 1

  .data
  .balign 4
  .short 1
  .globl halves
  .type halves, @object
halves:
  .long provider_data, provider_data + 6, provider_function, local, start
  .size halves, . - halves
local:
  .long 7

  .section .note.GNU-stack, "", @progbits
