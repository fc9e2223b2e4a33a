/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What this kernel offers to its modules: embed.map exports it. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
void host_print(const char* text);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
