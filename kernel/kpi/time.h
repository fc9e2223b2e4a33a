/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time, sleeping and timers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/kpi/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* Monotonic nanoseconds since the kernel started. Any context. */
uint64_t know_ns(void);
/* Seconds since 1970 by the battery clock when the system started, plus know_ns; 0 without one. */
uint64_t kwall_seconds(void);

/* Sleeps until a moment of know_ns: 0, or EINTR for a signal or kthread_stop. */
int ksleep_until(uint64_t deadline_ns);
#pragma GCC visibility pop

/* Timers. `function(argument)` runs on the kernel's timer thread: it may take mutexes, but whatever
   it waits for, all other timers wait too. A file that leaves a timer behind cannot be unloaded. */
struct ktimer;

#pragma GCC visibility push(default)
/* Made stopped. 0 or ENOMEM. */
#define ktimer_create(name, function, argument, out) \
  ktimer_create_from(&__dso_handle, name, function, argument, out)
int ktimer_create_from(const void* owner, const char* name, void (*function)(void*), void* argument,
                       struct ktimer** out);
/* Runs it at `deadline_ns` of know_ns, then every `period_ns` (0: once). Replaces what was set;
   also from its own function. */
void ktimer_start(struct ktimer* timer, uint64_t deadline_ns, uint64_t period_ns);
/* It does not run on return, and will not; from its own function: it will not run again. */
void ktimer_stop(struct ktimer* timer);
/* Stops and frees it. Not from its own function. Null is allowed. */
void ktimer_destroy(struct ktimer* timer);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
