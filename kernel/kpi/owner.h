/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which file is calling: the macros of the KPI that register something pass &__dso_handle.
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* Lies in the file that is compiled; its address says which file that is. */
extern void* __dso_handle __attribute__((visibility("hidden")));

#ifdef __cplusplus
}
#endif
