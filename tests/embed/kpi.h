/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What this kernel offers to its modules: embed.map exports it. */
#pragma once

#include "kernel/kpi/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
void host_print_from(const void* owner, const char* text);
#pragma GCC visibility pop

/* A line that begins with the name of the file that it is written in. */
#define host_print(text) host_print_from(&__dso_handle, text)

#ifdef __cplusplus
}
#endif
