/* SPDX-License-Identifier: BSD-2-Clause
 *
 * This kernel as its modules see it when they are linked: GNU ld links nothing against a PIE. */
#include "kpi.h"

void host_print_from(const void* owner, const char* text) {
  (void)owner;
  (void)text;
}
