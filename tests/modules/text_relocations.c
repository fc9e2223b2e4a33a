/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An address in read-only code, as position-dependent objects have them.
 */

__asm__(
    ".text\n"
    ".globl text_relocation\n"
    "text_relocation: .dc.a text_relocation\n");
