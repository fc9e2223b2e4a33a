/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Kernel threads of modules.
 *
 *     static int work(void* argument) {
 *       while (!kthread_should_stop()) {
 *         ...
 *         ksleep_until(know_ns() + 1000000000);   // ends at once when stopped
 *       }
 *       return 0;
 *     }
 *
 *     KLD_LOAD(worker) { return kthread_create("worker", work, 0, &thread); }
 *     KLD_UNLOAD(worker) {
 *       kthread_stop(thread);
 *       kthread_join(thread, 0);
 *     }
 *
 * A file that leaves a thread behind cannot be unloaded; the error names the thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/kpi/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

struct kthread;

#pragma GCC visibility push(default)
/* Starts `function(argument)` on a thread of its own, preemptive, with 32 KiB of stack. The name is
   copied, at most 31 characters. 0 or ENOMEM. Each thread is joined exactly once. */
#define kthread_create(name, function, argument, out) \
  kthread_create_from(&__dso_handle, name, function, argument, out)
int kthread_create_from(const void* owner, const char* name, int (*function)(void*), void* argument,
                        struct kthread** out);

/* Asks it to end: kthread_should_stop() is 1 in it from now on, and what it sleeps interruptibly
   ends with EINTR, now and later. Does not wait. */
void kthread_stop(struct kthread* thread);
/* Waits for its end, stores what its function returned (`result` may be null), frees the handle. */
void kthread_join(struct kthread* thread, int* result);

/* Of the calling thread; 0 in threads that nobody created by kthread_create. */
int kthread_should_stop(void);
/* Lets other threads run. */
void kthread_yield(void);
/* A number that no other living thread has. */
uint32_t kthread_id(void);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
