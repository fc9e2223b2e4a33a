/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The files of this kernel, at addresses that are good for everything in them. */
.macro file name, path
  .globl \name\()_start, \name\()_end
  .hidden \name\()_start, \name\()_end
  .balign 16
\name\()_start:
  .incbin "\path"
\name\()_end:
.endm

  .section .rodata.files, "a"
  file answer, answer.kld
  file orphan, orphan.kld
  file plain, plain.so
  .section .note.GNU-stack, "", %progbits
