/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A library module: no handlers, one exported function, one that is not in the map.
 */

#include "counter.h"

static int count;

int counter_next(void) { return ++count; }

__attribute__((visibility("default"))) int counter_unlisted(void) { return count; }
