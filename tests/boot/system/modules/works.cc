// SPDX-License-Identifier: BSD-2-Clause
//
// A thread of its own, which its unload handler ends, and a device whose readers sleep in it.
#include "kernel/kpi/device.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "kernel/kpi/thread.h"
#include "kernel/kpi/time.h"

KLD_MODULE(works, "1.0", "is always busy");
KLD_PARAM_BOOL(works, threaded, 1, "whether it has a thread");

namespace {

kdev* device;
kthread* thread;

int64_t SleepLong(void*, kdev_file*, void*, size_t, uint64_t) {
  constexpr uint64_t kHour = 3'600'000'000'000;
  return -static_cast<int64_t>(ksleep_until(know_ns() + kHour));
}

const kdev_ops kOps = {.version = sizeof(kdev_ops), .read = SleepLong};

int Work(void*) {
  constexpr uint64_t kLong = 3'600'000'000'000;
  while (kthread_should_stop() == 0) static_cast<void>(ksleep_until(know_ns() + kLong));
  return 0;
}

}  // namespace

KLD_LOAD(works) {
  if (threaded != 0) {
    if (const int error = kthread_create("worker", Work, nullptr, &thread); error != 0)
      return error;
  }
  const kdev_spec spec = {.name = "works", .mode = 0666, .ops = &kOps};
  const int error = kdev_create(&spec, &device);
  if (error != 0 && thread != nullptr) {
    kthread_stop(thread);
    kthread_join(thread, nullptr);
  }
  return error;
}
KLD_UNLOAD(works) {
  kdev_destroy(device);
  if (thread == nullptr) return;
  kthread_stop(thread);
  kthread_join(thread, nullptr);
}
