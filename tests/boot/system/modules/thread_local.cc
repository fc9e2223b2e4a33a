// SPDX-License-Identifier: BSD-2-Clause
//
// One variable for each thread (PT_TLS): kernel threads have none.
__attribute__((visibility("default"))) __thread int one_each = 1;
