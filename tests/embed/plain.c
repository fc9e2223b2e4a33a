/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A shared object as any: relocations, a constructor, an export without a version. */
int twice(int value);

static int factor;
static int* volatile where = &factor;

__attribute__((constructor)) static void Construct(void) { *where = 2; }

__attribute__((visibility("default"))) int twice(int value) { return value * factor; }
