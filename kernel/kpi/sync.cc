// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kpi/sync.h"

#include <new>

#include "kernel/sched/sync.h"

// All zero is a free lock, as KMUTEX_INIT and KCOND_INIT promise: every member starts as false or
// null.
// Words are aligned like pointers.
static_assert(sizeof(kmutex) >= sizeof(sched::Mutex));
static_assert(sizeof(kcond) >= sizeof(sched::Condition));

namespace {

sched::Mutex& Of(kmutex* mutex) { return *reinterpret_cast<sched::Mutex*>(mutex); }
sched::Condition& Of(kcond* condition) { return *reinterpret_cast<sched::Condition*>(condition); }

}  // namespace

void kmutex_init(kmutex* mutex) { *mutex = KMUTEX_INIT; }
void kmutex_lock(kmutex* mutex) { Of(mutex).Lock(); }
int kmutex_trylock(kmutex* mutex) { return Of(mutex).TryLock(); }
void kmutex_unlock(kmutex* mutex) { Of(mutex).Unlock(); }
int kmutex_owned(const kmutex* mutex) {
  return reinterpret_cast<const sched::Mutex*>(mutex)->HeldByCurrent();
}

void kcond_init(kcond* condition) { *condition = KCOND_INIT; }
void kcond_wait(kcond* condition, kmutex* mutex) { (void)Of(condition).Wait(Of(mutex)); }
int kcond_wait_until(kcond* condition, kmutex* mutex, uint64_t deadline_ns, int interruptible) {
  return base::Number(Of(condition).Wait(Of(mutex), interruptible != 0, deadline_ns));
}
void kcond_signal(kcond* condition) { Of(condition).Signal(); }
void kcond_broadcast(kcond* condition) { Of(condition).Broadcast(); }
