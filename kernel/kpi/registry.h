/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Ownership for modules that take registrations themselves: a bus that is given drivers, a
 * framework that is given filters. What they are given belongs to the file that gave it; it is
 * counted, entered and named in errors as if the kernel itself had taken it.
 *
 *     // in the framework's header, so that __dso_handle is the caller's
 *     #define filter_add(ops, out) filter_add_from(&__dso_handle, ops, out)
 *
 *     int filter_add_from(const void* owner, const struct filter_ops* ops, struct filter** out) {
 *       ...
 *       return kreg_create(owner, "filter", ops->name, &filter->registration);
 *     }
 *
 *     if (!kreg_enter(filter->registration)) return ENXIO;   // its file is leaving
 *     filter->ops->apply(...);
 *     kreg_leave(filter->registration);
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct kreg;

#pragma GCC visibility push(default)
/* Records an object named "KIND NAME" as owned by the file that contains `owner`. ENOMEM. */
int kreg_create(const void* owner, const char* kind, const char* name, struct kreg** out);
void kreg_destroy(struct kreg* registration);

/* Counts one more caller inside the owner; 0 when it is on its way out and must not be called. Any
   context. */
int kreg_enter(struct kreg* registration);
void kreg_leave(struct kreg* registration);

/* Keeps the object in use between calls; 0 unless its file is live. Any context. */
int kreg_hold(struct kreg* registration);
void kreg_release(struct kreg* registration);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
