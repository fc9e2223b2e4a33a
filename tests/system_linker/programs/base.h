/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

int answer(void);
int answer_of_old(void);
int answer_of_new(void);
extern int shared_object[4];
extern int* const into_shared_object;
extern __thread int base_tls, base_tls_zero;
extern int* const pointer_to_nowhere;
int overridden(void);
extern int (*const pointer_to_overridden)(void);
int call_overridden(void);

#ifdef __cplusplus
}
#endif
