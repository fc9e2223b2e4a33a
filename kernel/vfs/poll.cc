// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/poll.h"

#include "kernel/sched/sync.h"

namespace vfs {
namespace {

sched::SpinLock g_pollers_lock;
sched::WaitQueue g_pollers;
uint64_t g_generation = 0;

}  // namespace

uint64_t PollGeneration() {
  sched::Guard guard(g_pollers_lock);
  return g_generation;
}

void PollNotify() {
  sched::Guard guard(g_pollers_lock);
  ++g_generation;
  g_pollers.WakeAll();
}

base::Error PollWait(uint64_t seen, uint64_t deadline_ns) {
  sched::Guard guard(g_pollers_lock);
  while (g_generation == seen) {
    const base::Error error = g_pollers.Sleep(g_pollers_lock, true, deadline_ns);
    if (!base::Ok(error)) return error;
  }
  return base::Error::kOk;
}

}  // namespace vfs
