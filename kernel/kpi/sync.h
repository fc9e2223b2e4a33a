/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Mutexes and conditions, for threads only. Static ones are initialised by KMUTEX_INIT and
 * KCOND_INIT (all zero), others by the functions; there is nothing to destroy, but nobody may hold
 * or wait for one that goes away. A mutex knows its owner: locking it twice and unlocking another's
 * is a panic. Do not hold one while calling code that is not yours.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kmutex {
  uintptr_t opaque[6];
};
struct kcond {
  uintptr_t opaque[6];
};
#define KMUTEX_INIT \
  {                 \
    { 0 }           \
  }
#define KCOND_INIT \
  {                \
    { 0 }          \
  }

#pragma GCC visibility push(default)
void kmutex_init(struct kmutex* mutex);
void kmutex_lock(struct kmutex* mutex);
/* 1 when it got it. */
int kmutex_trylock(struct kmutex* mutex);
void kmutex_unlock(struct kmutex* mutex);
/* 1 when the calling thread holds it. */
int kmutex_owned(const struct kmutex* mutex);

void kcond_init(struct kcond* condition);
/* Releases the mutex, waits, takes it again. May return for no reason: check in a loop. */
void kcond_wait(struct kcond* condition, struct kmutex* mutex);
/* The same until `deadline_ns` of know_ns (UINT64_MAX: none): 0, ETIMEDOUT, or EINTR when a signal
   or kthread_stop came and `interruptible` is not 0. */
int kcond_wait_until(struct kcond* condition, struct kmutex* mutex, uint64_t deadline_ns,
                     int interruptible);
void kcond_signal(struct kcond* condition);
void kcond_broadcast(struct kcond* condition);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
