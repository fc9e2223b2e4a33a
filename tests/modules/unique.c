/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A definition that is to be one in the whole system, which would tie modules to one another.
 */

__asm__(
    ".data\n"
    ".globl unique_object\n"
    ".type unique_object, %gnu_unique_object\n"
    ".size unique_object, 4\n"
    "unique_object: .long 1\n");
