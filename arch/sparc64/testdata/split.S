// SPDX-License-Identifier: BSD-2-Clause
// Instructions in data whose parts refer to other images or to what may be interposed: the split
// fields that the assembler can write and GNU ld leaves to dynamic linking. Branches are to this
// image, so that they reach.
// flags: -fno-pic -fno-pie

  .data
  .align 8
  .global split_near
  .type split_near, #object
split_near:
  .xword 0
  .size split_near, 8

  .global split
  .type split, #object
split:
  sethi %hh(provider_data + 8), %o1
  or %o1, %hm(provider_data + 8), %o1
  sethi %lm(provider_data + 8), %o2
  or %o2, %lo(provider_data + 8), %o2
  sethi %h44(provider_absolute), %o3
  or %o3, %m44(provider_absolute), %o3
  or %o3, %l44(provider_absolute), %o3
  ldx [%o2 + %lo(provider_bytes) + 24], %o5
  ldx [%o2 + %lo(provider_bytes) - 40], %o5
  sethi %pc22(split_near - 8), %o1
  or %o1, %pc10(split_near - 4), %o1
  ba,pt %xcc, split_near
  nop
  bne split_near
  nop
  brz,pt %o0, split_near
  nop
  .word split_near - .
  .xword provider_data - .
  .byte 0
  .uaxword provider_data + 3
  .size split, . - split
