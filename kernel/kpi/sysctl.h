/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Named values: `sysctl NAME` reads one, `sysctl NAME=TEXT` sets it. Every value is text; numbers
 * are decimal. Names are dotted, "kern.console_level"; a module's begin with its own name.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/kpi/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ksysctl;

struct ksysctl_spec {
  const char* name; /* [a-z0-9_.-]+, at most 63 characters */
  const char* description;
  void* context; /* given to read and write */
  /* Stores at most `capacity` bytes of the value (no NUL) and returns its full length, or a negated
     error number. */
  int64_t (*read)(void* context, char* to, size_t capacity);
  /* Sets the value from `bytes` bytes of NUL-terminated text: 0 or an error number. Null: it cannot
     be set (EPERM). Only root gets here. */
  int (*write)(void* context, const char* text, size_t bytes);
};

#pragma GCC visibility push(default)
/* EEXIST when the name is taken, EINVAL for a bad spec, ENOMEM. The spec is copied, its name too.
 */
#define ksysctl_create(spec, out) ksysctl_create_from(&__dso_handle, spec, out)
int ksysctl_create_from(const void* owner, const struct ksysctl_spec* spec, struct ksysctl** out);

/* Takes the name away and waits until no read or write runs any more. Null is allowed. */
void ksysctl_destroy(struct ksysctl* value);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
