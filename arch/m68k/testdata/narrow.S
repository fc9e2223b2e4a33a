// SPDX-License-Identifier: BSD-2-Clause
// Data of 16 and 8 bits that is relocated.

  .globl narrow
  .type narrow, @object
  .data
narrow:
  .short provider_short, provider_short + 0x100, provider_byte - 0x13
  .byte provider_byte, provider_byte + 1, provider_byte - 0x14
  .balign 2
  .long provider_short
  .size narrow, . - narrow

  .section .note.GNU-stack, "", @progbits
