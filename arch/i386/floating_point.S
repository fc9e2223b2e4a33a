/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void use_floating_point(void): one instruction that needs the FPU, for a test that the kernel
 * has it off.
 */

  .text
  .globl use_floating_point
  .type use_floating_point, @function
use_floating_point:
  fld1
  ret
  .size use_floating_point, . - use_floating_point

  .section .note.GNU-stack, "", @progbits
