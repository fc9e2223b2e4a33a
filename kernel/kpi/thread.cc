// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kpi/thread.h"

#include <atomic>

#include "kernel/base/new.h"
#include "kernel/dynlink/owner.h"
#include "kernel/kpi/errno.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"

// While its function runs a thread is inside its owner, but no entry is counted: an unload would
// wait for an end that only the file's own unload handler brings about. The registration says which
// threads are the file's own.
struct kthread {
  kld::Registration registration;
  sched::Thread* thread = nullptr;
  int (*function)(void*) = nullptr;
  void* argument = nullptr;
  int result = 0;
  std::atomic<bool> stop{false};

  // The function begins when the registration is complete.
  sched::Mutex mutex;
  sched::Condition changed;
  bool registered = false;
};

namespace {

void Run(void* argument) {
  auto* self = static_cast<kthread*>(argument);
  {
    sched::Guard guard(self->mutex);
    while (!self->registered) (void)self->changed.Wait(self->mutex);
  }
  sched::SetLocal(self);
  self->result = self->function(self->argument);
  sched::SetLocal(nullptr);
}

}  // namespace

int kthread_create_from(const void* owner, const char* name, int (*function)(void*), void* argument,
                        kthread** out) {
  auto* made = base::New<kthread>();
  if (!made) return ENOMEM;
  made->function = function;
  made->argument = argument;
  auto thread = sched::Start(name, Run, made);
  if (!thread.ok()) {
    base::Delete(made);
    return base::Number(thread.error());
  }
  made->thread = thread.value();
  made->registration.thread = sched::Id(made->thread);
  kld::Register(made->registration, kld::FileOf(owner), kld::Kind::kThread, name);
  *out = made;
  sched::Guard guard(made->mutex);
  made->registered = true;
  made->changed.Signal();
  return 0;
}

void kthread_stop(kthread* thread) {
  thread->stop = true;
  sched::Interrupt(thread->thread);
}

void kthread_join(kthread* thread, int* result) {
  sched::Join(thread->thread);
  kld::Unregister(thread->registration);
  if (result) *result = thread->result;
  base::Delete(thread);
}

int kthread_should_stop(void) {
  const auto* self = static_cast<const kthread*>(sched::Local());
  return self && self->stop;
}

void kthread_yield(void) { sched::Yield(); }

uint32_t kthread_id(void) { return sched::Id(sched::Current()); }
