/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Words to the kernel's log and console.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* One line for the log and, its level permitting, the console; a missing newline is added. printf's
   flags, widths and precisions with %s %c %d %i %u %o %x %X %p and the lengths hh h l ll z j t; no
   floating point. At most 1,022 characters. Any context. */
__attribute__((format(printf, 1, 2))) void kprintf(const char* format, ...);
/* The same with a level as in syslog(2): 3 error, 4 warning, 5 notice, 6 information (kprintf's),
   7 debugging (not on the console unless kern.console_level says so). */
__attribute__((format(printf, 2, 3))) void klog(int level, const char* format, ...);

/* Ends the system with this message, the registers, the call chain and the status 125. */
__attribute__((noreturn, format(printf, 1, 2))) void kpanic(const char* format, ...);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
