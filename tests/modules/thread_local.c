/* SPDX-License-Identifier: BSD-2-Clause */

static __thread int value;

__attribute__((visibility("default"), used)) int* thread_local_value(void);
int* thread_local_value(void) { return &value; }
